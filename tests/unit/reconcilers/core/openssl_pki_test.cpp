#include "reconcilers/core/openssl_pki.hpp"

#include "reconcilers/core/model_pki.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>

namespace vectis::reconcilers {
namespace {

using std::chrono::days;
using std::chrono::hours;

const controller::Time now = controller::parse_time("2026-11-23T20:00:00Z");

template <class T>
class AnyPki : public testing::Test {};
using Both = testing::Types<OpensslPki, ModelPki>;
TYPED_TEST_SUITE(AnyPki, Both);

TYPED_TEST(AnyPki, IssuesCertificatesThatTheirAuthorityStandsFor) {
    TypeParam pki;
    const KeyPair authority = pki.make_authority({"Test CA", 100, now});
    const KeyPair leaf =
        pki.issue(authority, {{"mail.example.test", "imap.example.test"}, 10, now});
    const CertificateFacts facts = pki.read(leaf.certificate);
    EXPECT_EQ(facts.issuer, "Test CA");
    EXPECT_EQ(
        facts.dns_names, (std::vector<std::string>{"mail.example.test", "imap.example.test"})
    );
    EXPECT_EQ(facts.not_after, now + days(10));
    EXPECT_LE(facts.not_before, now);
    EXPECT_TRUE(pki.is_issued_by(leaf, authority.certificate));
}

TYPED_TEST(AnyPki, DoesNotAcceptCertificatesOfAnotherAuthority) {
    TypeParam pki;
    const KeyPair leaf = pki.issue(pki.make_authority({"One", 100, now}), {{"a.test"}, 10, now});
    EXPECT_FALSE(pki.is_issued_by(leaf, pki.make_authority({"Two", 100, now}).certificate));
}

TYPED_TEST(AnyPki, ThrowsForWhatIsNoCertificate) {
    TypeParam pki;
    EXPECT_THROW(pki.read("nonsense"), std::runtime_error);
    EXPECT_FALSE(pki.is_issued_by({"nonsense", "nonsense"}, "nonsense"));
}

TEST(OpensslPki, BackdatesAnHourAndNeverRepeatsASerial) {
    OpensslPki pki;
    const CertificateFacts one = pki.read(pki.make_authority({"CA", 1, now}).certificate);
    const CertificateFacts two = pki.read(pki.make_authority({"CA", 1, now}).certificate);
    EXPECT_EQ(one.not_before, now - hours(1));
    EXPECT_NE(one.serial, two.serial);
    EXPECT_EQ(one.fingerprint.size(), 64U);
}

TEST(OpensslPki, DoesNotAcceptAKeyThatBelongsToAnotherCertificate) {
    OpensslPki pki;
    const KeyPair authority = pki.make_authority({"CA", 10, now});
    const KeyPair one = pki.issue(authority, {{"a.test"}, 1, now});
    const KeyPair two = pki.issue(authority, {{"a.test"}, 1, now});
    EXPECT_FALSE(pki.is_issued_by({one.key, two.certificate}, authority.certificate));
}

TEST(OpensslPki, IssuesForNamesLongerThanACommonNameMayBe) {
    OpensslPki pki;
    const std::string name = std::string(60, 'a') + '.' + std::string(60, 'b') + ".example.test";
    const KeyPair authority = pki.make_authority({"CA", 10, now});
    const KeyPair leaf = pki.issue(authority, {{name}, 1, now});
    EXPECT_EQ(pki.read(leaf.certificate).dns_names, (std::vector<std::string>{name}));
}

/// A folder that goes with the test.
class Folder {
public:
    Folder() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "vectis-pki-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = pattern;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string write(const char* name, const std::string& text) const {
        std::ofstream(path_ / name) << text;
        return (path_ / name).string();
    }

private:
    std::filesystem::path path_{};
};

TEST(OpensslPki, PassesTheStrictChecksOfRfc5280) {
    OpensslPki pki;
    const controller::Time today = controller::SystemClock().now();
    const KeyPair authority = pki.make_authority({"Vectis local CA", 100, today});
    const KeyPair leaf = pki.issue(authority, {{"mail.example.test"}, 10, today});
    const Folder folder;
    const std::string ca = folder.write("ca.pem", authority.certificate);
    const std::string certificate = folder.write("leaf.pem", leaf.certificate);
    const std::string verify =
        "openssl verify -x509_strict -check_ss_sig -purpose sslserver -CAfile " + ca;
    EXPECT_EQ(
        std::system(
            (verify + " -verify_hostname mail.example.test " + certificate + " >/dev/null").c_str()
        ),
        0
    );
    EXPECT_NE(
        std::system((verify + " -verify_hostname other.example.test " + certificate +
                     " >/dev/null 2>&1")
                        .c_str()),
        0
    );
}

}  // namespace
}  // namespace vectis::reconcilers
