#include "reconcilers/mail/password_hasher.hpp"

#include <argon2.h>
#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>

namespace vectis::reconcilers {
namespace {

const std::string salt = "00112233445566778899aabbccddeeff";

TEST(PasswordHasher, MakesAHashThatArgon2Verifies) {
    ChildPasswordHasher hasher({HASH_PASSWORD_CHILD});
    const std::string hash = hasher.hash("it's a pass$word", salt, {});
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=4$")) << hash;
    EXPECT_EQ(argon2id_verify(hash.c_str(), "it's a pass$word", 16), ARGON2_OK);
    EXPECT_NE(argon2id_verify(hash.c_str(), "it's a pass$worD", 16), ARGON2_OK);
}

TEST(PasswordHasher, RefusesWhatTheChildCannotBeTold) {
    ChildPasswordHasher hasher({HASH_PASSWORD_CHILD});
    EXPECT_THROW(hasher.hash("", salt, {}), std::runtime_error);
    EXPECT_THROW(hasher.hash("two\nlines", salt, {}), std::runtime_error);
    EXPECT_THROW(hasher.hash("password", "short", {}), std::runtime_error);
    EXPECT_THROW(
        ChildPasswordHasher({"/nonexistent"}).hash("password", salt, {}), std::runtime_error
    );
    EXPECT_THROW(
        ChildPasswordHasher({"/bin/false"}).hash("password", salt, {}), std::runtime_error
    );
}

TEST(PasswordHasher, StopsAChildThatHangs) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(
        ChildPasswordHasher({"/bin/sleep", "60"}).hash("password", salt, stop.get_token()),
        std::runtime_error
    );
}

TEST(PasswordHasher, TheCommandRefusesMalformedInput) {
    std::ostringstream out;
    std::istringstream nothing("");
    EXPECT_EQ(hash_password_command(nothing, out), 2);
    std::istringstream bad_salt("zz112233445566778899aabbccddeeff\npassword\n");
    EXPECT_EQ(hash_password_command(bad_salt, out), 2);
    EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace vectis::reconcilers
