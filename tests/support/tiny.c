// A static program for the smallest possible test image: no shell, no library. The contract tests run it as a container's
// first process and by exec.
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void stop(int signal_number) {
    (void)signal_number;
    _exit(0);
}

static int listen_on(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int server = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server, (struct sockaddr*)&address, sizeof address) != 0 || listen(server, 16) != 0) return 4;
    for (;;) {
        int client = accept(server, NULL, NULL);
        if (client >= 0 && write(client, "tiny\n", 5) == 5) close(client);
    }
}

static int print_file(const char* path) {
    FILE* file = fopen(path, "r");
    if (file == NULL) return 5;
    for (int c = fgetc(file); c != EOF; c = fgetc(file)) putchar(c);
    return 0;
}

// tiny sleep | stubborn | exit N | exit-after N SECONDS | say OUT ERR | say-and-sleep OUT ERR | listen PORT | cat FILE | move FROM TO
int main(int count, char** words) {
    const char* mode = count > 1 ? words[1] : "sleep";
    if (strcmp(mode, "stubborn") != 0) signal(SIGTERM, stop);
    if (strcmp(mode, "exit") == 0 && count > 2) return atoi(words[2]);
    if (strcmp(mode, "exit-after") == 0 && count > 3) return (sleep((unsigned)atoi(words[3])), atoi(words[2]));
    if (strcmp(mode, "listen") == 0 && count > 2) return listen_on(atoi(words[2]));
    if (strcmp(mode, "cat") == 0 && count > 2) return print_file(words[2]);
    if (strcmp(mode, "move") == 0 && count > 3) return rename(words[2], words[3]) == 0 ? 0 : 1;
    if (strncmp(mode, "say", 3) == 0 && count > 3) {
        fputs(words[2], stdout);
        fflush(stdout);
        fputs(words[3], stderr);
        if (strcmp(mode, "say") == 0) return 0;
    }
    for (;;) pause();
}
