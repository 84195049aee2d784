#include "reconcilers/certificate/certificate_reconciler.hpp"

#include "reconcilers/core/model_pki.hpp"
#include "reconcilers/core/recreate.hpp"
#include "reconcilers/issuer/issuer_reconciler.hpp"
#include "reconcilers/secret/secret_reconciler.hpp"
#include "reconcilers/volume/volume_reconciler.hpp"
#include "resources/condition.hpp"
#include "tests/support/reconciler_world.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace vectis::reconcilers {
namespace {

using std::chrono::days;
using std::chrono::hours;
using vectis::test::ReconcilerWorld;

struct Authority : ReconcilerWorld {
    ModelPki pki{};
    int issued = 0;
    IssuerReconciler issuers{seams, pki};
    CertificateReconciler certificates{seams, pki, [this] { ++issued; }};

    resources::ObjectKey issuer() { return create("Issuer", "local", {{"commonName", "Test CA"}}); }
    resources::ObjectKey certificate() {
        return create(
            "Certificate",
            "mail",
            {{"issuer", "local"},
             {"secretName", "mail-tls"},
             {"dnsNames", boost::json::array{"mail.example.test"}}}
        );
    }
};

TEST(CertificateReconciler, WaitsForItsIssuer) {
    Authority world;
    const resources::ObjectKey key = world.certificate();
    EXPECT_TRUE(world.certificates.reconcile(key, {}).again_after);
    EXPECT_FALSE(world.is_ready(key));
    world.issuers.reconcile(world.issuer(), {});
    world.certificates.reconcile(key, {});
    EXPECT_TRUE(world.is_ready(key));
    EXPECT_EQ(world.issued, 1);
}

TEST(CertificateReconciler, PutsKeyCertificateAndChainIntoItsSecret) {
    Authority world;
    world.issuers.reconcile(world.issuer(), {});
    world.certificates.reconcile(world.certificate(), {});
    const controller::Secrets::Values values = world.secrets.get("vectis/mail-tls").value();
    for (const char* key : {"tls.key", "tls.crt", "ca.crt", "chain.pem"})
        EXPECT_TRUE(values.contains(key)) << key;
    EXPECT_TRUE(values.at("chain.pem").starts_with(values.at("tls.key") + values.at("tls.crt")));
}

TEST(CertificateReconciler, IssuesOnceAndAgainWhenItIsDue) {
    Authority world;
    world.issuers.reconcile(world.issuer(), {});
    const resources::ObjectKey key = world.certificate();
    for (int i = 0; i < 3; ++i)
        EXPECT_LE(
            world.certificates.reconcile(key, {}).again_after, controller::Duration(hours(12))
        );
    EXPECT_EQ(world.issued, 1);
    world.clock.advance(days(61));
    world.certificates.reconcile(key, {});
    EXPECT_EQ(world.issued, 2);
}

TEST(CertificateReconciler, ReplacesWhatCannotBeRead) {
    Authority world;
    world.issuers.reconcile(world.issuer(), {});
    const resources::ObjectKey key = world.certificate();
    world.certificates.reconcile(key, {});
    world.secrets.put("vectis/mail-tls", {{"tls.key", "x"}, {"tls.crt", "nonsense"}});
    world.certificates.reconcile(key, {});
    EXPECT_EQ(world.issued, 2);
}

TEST(CertificateReconciler, CompletesASecretThatLacksItsChain) {
    Authority world;
    world.issuers.reconcile(world.issuer(), {});
    const resources::ObjectKey key = world.certificate();
    world.certificates.reconcile(key, {});
    controller::Secrets::Values values = world.secrets.get("vectis/mail-tls").value();
    values.erase("chain.pem");
    world.secrets.put("vectis/mail-tls", values);
    world.certificates.reconcile(key, {});
    EXPECT_TRUE(world.secrets.get("vectis/mail-tls").value().contains("chain.pem"));
}

TEST(CertificateReconciler, ShowsNoKeyInStatusOrEvents) {
    Authority world;
    const resources::ObjectKey issuer = world.issuer();
    world.issuers.reconcile(issuer, {});
    const resources::ObjectKey key = world.certificate();
    world.certificates.reconcile(key, {});
    EXPECT_EQ(world.shown().find("key of "), std::string::npos);
}

TEST(CertificateReconciler, NeverWritesOverASecretOfAnother) {
    Authority world;
    world.issuers.reconcile(world.issuer(), {});
    const controller::Secrets::Values password{{"password", "precious"}};
    world.secrets.put("vectis/db", password);
    const resources::ObjectKey taken = world.create(
        "Certificate",
        "taken",
        {{"issuer", "local"},
         {"secretName", "db"},
         {"dnsNames", boost::json::array{"mail.example.test"}}}
    );
    world.certificates.reconcile(taken, {});
    EXPECT_EQ(world.secrets.get("vectis/db"), password);
    EXPECT_FALSE(world.is_ready(taken));
    EXPECT_NE(world.shown().find("NameConflict"), std::string::npos);

    world.certificates.reconcile(world.certificate(), {});
    const auto first = world.secrets.get("vectis/mail-tls");
    const resources::ObjectKey second = world.create(
        "Certificate",
        "second",
        {{"issuer", "local"},
         {"secretName", "mail-tls"},
         {"dnsNames", boost::json::array{"other.example.test"}}}
    );
    world.certificates.reconcile(second, {});
    EXPECT_EQ(world.secrets.get("vectis/mail-tls"), first);
    EXPECT_NE(world.shown().find("belongs to Certificate/mail"), std::string::npos);
}

TEST(IssuerReconciler, MakesNoOtherKeyWhenItsKeyIsLost) {
    Authority world;
    const resources::ObjectKey key = world.issuer();
    world.issuers.reconcile(key, {});
    const auto first = world.secrets.get("vectis/issuer-local");
    world.secrets.remove("vectis/issuer-local");
    world.issuers.reconcile(key, {});
    EXPECT_FALSE(world.secrets.get("vectis/issuer-local"));
    EXPECT_NE(world.shown().find("SecretMissing"), std::string::npos);
    world.secrets.put("vectis/issuer-local", *first);
    world.issuers.reconcile(key, {});
    EXPECT_TRUE(world.is_ready(key));
}

TEST(IssuerReconciler, MakesItsKeyOnceAndSaysWhenItEnds) {
    Authority world;
    const resources::ObjectKey key = world.issuer();
    world.issuers.reconcile(key, {});
    const auto first = world.secrets.get("vectis/issuer-local");
    world.issuers.reconcile(key, {});
    EXPECT_EQ(world.secrets.get("vectis/issuer-local"), first);
    EXPECT_TRUE(world.is_ready(key));
    world.clock.advance(days(3651));
    world.issuers.reconcile(key, {});
    EXPECT_FALSE(world.is_ready(key));
}

TEST(SecretReconciler, GeneratesAValueOnceAndKeepsIt) {
    ReconcilerWorld world;
    SecretReconciler reconciler(world.seams);
    const resources::ObjectKey key = world.create("Secret", "db", {{"length", 40}}, "vectis");
    reconciler.reconcile(key, {});
    const std::string value = world.secrets.get("vectis/db").value().at("password");
    EXPECT_EQ(value.size(), 40U);
    reconciler.reconcile(key, {});
    EXPECT_EQ(world.secrets.get("vectis/db").value().at("password"), value);
    EXPECT_TRUE(world.is_ready(key));
    EXPECT_EQ(world.shown().find(value), std::string::npos);
}

TEST(SecretReconciler, MakesNoOtherValueWhenItsValueIsLostUnlessAskedTo) {
    ReconcilerWorld world;
    SecretReconciler reconciler(world.seams);
    const resources::ObjectKey key = world.create("Secret", "db", {{"length", 40}}, "vectis");
    reconciler.reconcile(key, {});
    const auto first = world.secrets.get("vectis/db");
    world.secrets.remove("vectis/db");
    reconciler.reconcile(key, {});
    EXPECT_FALSE(world.secrets.get("vectis/db"));
    EXPECT_FALSE(world.is_ready(key));
    EXPECT_NE(world.shown().find("restore it from a backup"), std::string::npos);

    world.secrets.put("vectis/db", *first);
    reconciler.reconcile(key, {});
    EXPECT_TRUE(world.is_ready(key));

    world.secrets.remove("vectis/db");
    resources::Object object = *world.store.get(key);
    object.metadata.annotations[recreate_annotation] =
        std::string(object.status.at("generatedAt").as_string());
    ASSERT_TRUE(world.store.update(object));
    world.clock.advance(hours(1));
    reconciler.reconcile(key, {});
    EXPECT_NE(world.secrets.get("vectis/db"), first);
    EXPECT_TRUE(world.is_ready(key));

    world.secrets.remove("vectis/db");
    reconciler.reconcile(key, {});
    EXPECT_FALSE(world.is_ready(key)) << "only the first one was given up";
}

TEST(SecretReconciler, NeverChangesAValueThatSomebodyPutThere) {
    ReconcilerWorld world;
    SecretReconciler reconciler(world.seams);
    world.secrets.put("vectis/db", {{"password", "mine"}});
    reconciler.reconcile(world.create("Secret", "db", {}, "vectis"), {});
    EXPECT_EQ(world.secrets.get("vectis/db").value().at("password"), "mine");
}

TEST(VolumeReconciler, MakesItsVolumeAndRefusesToStartEmptyAfterItVanished) {
    ReconcilerWorld world;
    VolumeReconciler reconciler(world.seams, world.cache);
    const resources::ObjectKey key = world.create("Volume", "mail", {});
    for (int i = 0; i < 3; ++i) reconciler.reconcile(key, {});
    EXPECT_TRUE(world.is_ready(key));
    ASSERT_TRUE(world.engine.remove_volume("vectis-mail", {}));
    world.cache.hear("");
    for (int i = 0; i < 3; ++i) reconciler.reconcile(key, {});
    EXPECT_FALSE(world.is_ready(key));
    EXPECT_FALSE(world.engine.inspect_volume("vectis-mail", {}));
}

}  // namespace
}  // namespace vectis::reconcilers
