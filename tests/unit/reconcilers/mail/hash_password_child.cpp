#include "reconcilers/mail/password_hasher.hpp"

#include <iostream>

int main() {
    return vectis::reconcilers::hash_password_command(std::cin, std::cout);
}
