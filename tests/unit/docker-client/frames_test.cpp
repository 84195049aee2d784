#include "docker-client/frames.hpp"

#include "docker-client/error.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace vectis::docker {
namespace {

std::string frame(char stream, const std::string& body) {
    std::string header{stream, 0, 0, 0};
    for (int shift = 24; shift >= 0; shift -= 8) {
        header += static_cast<char>((body.size() >> static_cast<unsigned>(shift)) & 0xFFU);
    }
    return header + body;
}

/// What a stream says, fed in the given pieces: stdout, stderr.
std::pair<std::string, std::string> read(const std::vector<std::string>& pieces) {
    std::pair<std::string, std::string> said;
    FrameReader reader([&](StreamKind kind, std::string_view bytes) {
        (kind == StreamKind::out ? said.first : said.second).append(bytes);
    });
    for (const std::string& piece : pieces) reader.feed(piece);
    EXPECT_TRUE(reader.is_whole());
    return said;
}

const std::string conversation = frame(1, "one\n") + frame(2, "bad\n") + frame(1, "") +
                                 frame(1, std::string(300, 'x')) + frame(2, "worse\n");

TEST(FrameReader, KeepsTheStreamsApart) {
    const auto [out, error] = read({conversation});
    EXPECT_EQ(out, "one\n" + std::string(300, 'x'));
    EXPECT_EQ(error, "bad\nworse\n");
}

TEST(FrameReader, ReadsTheSameWhereverTheStreamIsCut) {
    const auto whole = read({conversation});
    for (std::size_t cut = 0; cut <= conversation.size(); ++cut) {
        EXPECT_EQ(read({conversation.substr(0, cut), conversation.substr(cut)}), whole) << cut;
    }
    std::vector<std::string> single;
    for (const char c : conversation) single.emplace_back(1, c);
    EXPECT_EQ(read(single), whole);
}

TEST(FrameReader, KnowsWhetherTheStreamEndedInAFrame) {
    const std::string bytes = frame(1, "abc");
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        FrameReader reader({});
        reader.feed(bytes.substr(0, size));
        EXPECT_EQ(reader.is_whole(), size == 0 || size == bytes.size()) << size;
    }
}

TEST(FrameReader, CountsWhatTheEngineSaysAboutItselfAsErrors) {
    EXPECT_EQ(read({frame(3, "the daemon is in trouble")}).second, "the daemon is in trouble");
}

TEST(FrameReader, RefusesWhatIsNoFrame) {
    for (const std::string& bytes :
         {std::string("HTTP/1.1"),
          std::string("\4\0\0\0\0\0\0\1", 8),
          std::string("\1\1\0\0\0\0\0\1", 8),
          std::string("\1\0\0\1\0\0\0\1", 8)}) {
        FrameReader reader({});
        EXPECT_THROW(reader.feed(bytes), EngineError);
    }
}

}  // namespace
}  // namespace vectis::docker
