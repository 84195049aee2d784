#include "reconcilers/core/images.hpp"

#include "docker-client/model/model_engine.hpp"
#include "reconcilers/core/image_context.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

const resources::ImageSource postfix{.build = "postfix"};
const resources::ObjectKey key{"Workload", "", "postfix"};

class ImagesTest : public testing::Test {
protected:
    docker::ModelEngine engine_{[] { return docker::Time{}; }};
    controller::Manifests manifests_ = controller::Manifests::embedded();
    InlineJobs jobs_;
    Images images_{engine_, manifests_, jobs_, built_image_labels()};
};

TEST_F(ImagesTest, BuildsWhatIsNotThereFromABaseThatIs) {
    engine_.add_image("debian:trixie-slim");
    EXPECT_EQ(images_.resolve(postfix, {}).id, "");
    const JobStatus status = images_.ensure(postfix, key);
    EXPECT_EQ(status.state, JobState::succeeded) << status.message;
    EXPECT_NE(images_.resolve(postfix, {}).id, "");
}

TEST_F(ImagesTest, SaysWhatIsWrongWhenTheBaseCannotBeHad) {
    const JobStatus status = images_.ensure(postfix, key);
    EXPECT_EQ(status.state, JobState::failed);
    EXPECT_NE(status.message.find("debian:trixie-slim"), std::string::npos) << status.message;
    EXPECT_NE(status.message.find(".ci/base-image"), std::string::npos) << status.message;
}

TEST_F(ImagesTest, NamesAnImageByWhatWasAskedForAndNotByWhatTheBaseIsNow) {
    engine_.add_image("debian:trixie-slim", "sha256:first");
    (void)images_.ensure(postfix, key);
    const ResolvedImage before = images_.resolve(postfix, {});
    engine_.add_image("debian:trixie-slim", "sha256:second");  // somebody pulled it
    images_.forget();
    EXPECT_EQ(images_.resolve(postfix, {}).reference, before.reference);
    EXPECT_EQ(images_.resolve(postfix, {}).id, before.id);
    (void)engine_.remove_image("debian:trixie-slim", {});
    images_.forget();
    EXPECT_EQ(images_.resolve(postfix, {}).id, before.id);
}

TEST_F(ImagesTest, FindsInAResyncThatAnImageIsGoneOrAnother) {
    const resources::ImageSource pulled{.reference = "app:1"};
    engine_.add_image("app:1", "sha256:first");
    EXPECT_EQ(images_.resolve(pulled, {}).id, "sha256:first");
    EXPECT_FALSE(images_.resync({}));
    engine_.add_image("app:1", "sha256:second");
    EXPECT_EQ(images_.resolve(pulled, {}).id, "sha256:first");  // nothing was heard
    EXPECT_TRUE(images_.resync({}));
    EXPECT_EQ(images_.resolve(pulled, {}).id, "sha256:second");
    (void)engine_.remove_image("app:1", {});
    EXPECT_TRUE(images_.resync({}));
    EXPECT_EQ(images_.resolve(pulled, {}).id, "");
    EXPECT_FALSE(images_.resync({}));
}

TEST_F(ImagesTest, TakesARevisionAndAContextForANewImage) {
    resources::ImageSource next = postfix;
    next.revision = "2026-11";
    EXPECT_NE(images_.resolve(next, {}).reference, images_.resolve(postfix, {}).reference);
    next = postfix;
    next.context = image_context_hash(manifests_, "postfix");
    EXPECT_EQ(images_.resolve(next, {}).reference, images_.resolve(postfix, {}).reference);
    next.context = "v1:of another version";
    EXPECT_NE(images_.resolve(next, {}).reference, images_.resolve(postfix, {}).reference);
    engine_.add_image("debian:trixie-slim");
    const JobStatus status = images_.ensure(next, key);
    EXPECT_EQ(status.state, JobState::failed);
    EXPECT_NE(status.message.find("cannot be built again"), std::string::npos) << status.message;
}

}  // namespace
}  // namespace vectis::reconcilers
