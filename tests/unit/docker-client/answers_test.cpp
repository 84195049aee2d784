#include "docker-client/answers.hpp"

#include <gtest/gtest.h>

namespace vectis::docker {
namespace {

RefusalReason reason(int status, const std::string& body) {
    return refusal_of(HttpResponse{.status = status, .body = body}).reason();
}

TEST(RefusalOf, NamesTheReason) {
    EXPECT_EQ(reason(400, R"({"message":"bad"})"), RefusalReason::invalid);
    EXPECT_EQ(reason(403, R"({"message":"no"})"), RefusalReason::forbidden);
    EXPECT_EQ(reason(404, R"({"message":"No such container: a"})"), RefusalReason::not_found);
    EXPECT_EQ(reason(409, R"({"message":"in use"})"), RefusalReason::conflict);
    EXPECT_EQ(reason(500, R"({"message":"oops"})"), RefusalReason::failed);
    EXPECT_EQ(reason(301, ""), RefusalReason::failed);
}

TEST(RefusalOf, KnowsThePortAndTheDiskByTheirTexts) {
    EXPECT_EQ(
        reason(500, R"({"message":"Bind for 0.0.0.0:25 failed: port is already allocated"})"),
        RefusalReason::port_in_use
    );
    EXPECT_EQ(
        reason(500, R"({"message":"listen tcp4 0.0.0.0:25: bind: address already in use"})"),
        RefusalReason::port_in_use
    );
    EXPECT_EQ(
        reason(500, R"({"message":"write /x: no space left on device"})"), RefusalReason::no_space
    );
    EXPECT_EQ(refusal_of("write /x: no space left on device").reason(), RefusalReason::no_space);
}

TEST(RefusalOf, ShowsWhatAProxySaysInsteadOfJson) {
    const HttpResponse response{.status = 403, .body = "<html>Forbidden</html>"};
    EXPECT_EQ(refusal_of(response).message(), "HTTP 403 <html>Forbidden</html>");
    EXPECT_EQ(refusal_of(response).reason(), RefusalReason::forbidden);
}

TEST(RefusalOf, CutsALongMessageBetweenCharacters) {
    std::string text = "x";
    while (text.size() < 5000) text += "ü";
    const std::string cut = refusal_of(text).message();
    EXPECT_EQ(cut.size(), 1999U);
    EXPECT_TRUE(cut.ends_with("ü"));
}

TEST(EffectOf, TellsAMissingThingFromAnUnknownAddress) {
    const HttpResponse missing{.status = 404, .body = R"({"message":"No such container: a"})"};
    const HttpResponse unknown{.status = 404, .body = R"({"message":"page not found"})"};
    EXPECT_EQ(effect_of(missing, 404).value(), Effect::unchanged);
    EXPECT_EQ(effect_of(unknown, 404).error().reason(), RefusalReason::failed);
    EXPECT_EQ(effect_of(missing, 304).error().reason(), RefusalReason::not_found);
    EXPECT_EQ(effect_of({.status = 304}, 304).value(), Effect::unchanged);
    EXPECT_EQ(effect_of({.status = 204}, 304).value(), Effect::changed);
}

TEST(AfterEffect, NothingIsCertainlyNotSent) {
    const auto fail = []() -> int {
        throw EngineError(EngineError::Outcome::not_sent, "no engine");
    };
    try {
        after_effect(fail);
        ADD_FAILURE();
    } catch (const EngineError& error) {
        EXPECT_EQ(error.outcome(), EngineError::Outcome::unknown);
        EXPECT_STREQ(error.what(), "no engine");
    }
}

TEST(IdOf, NeedsAnId) {
    EXPECT_EQ(id_of({.body = R"({"Id":"abc"})"}), "abc");
    EXPECT_THROW(id_of({.body = R"({"Id":""})"}), EngineError);
    EXPECT_THROW(id_of({.body = "null"}), EngineError);
    EXPECT_THROW(id_of({.body = "nonsense"}), EngineError);
}

TEST(PercentEncode, KeepsUnreservedCharactersOnly) {
    EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(percent_encode("a/b:c d+e%&?#\n"), "a%2Fb%3Ac%20d%2Be%25%26%3F%23%0A");
    EXPECT_EQ(percent_encode("ü"), "%C3%BC");
}

TEST(ToQuery, HasNineDigitsOfNanoseconds) {
    EXPECT_EQ(
        to_query(Time(std::chrono::nanoseconds(1'796'078'832'000'000'123))), "1796078832.000000123"
    );
    EXPECT_EQ(to_query(Time{}), "0.000000000");
    EXPECT_EQ(to_query(Time(std::chrono::nanoseconds(-5))), "0.000000000");
}

}  // namespace
}  // namespace vectis::docker
