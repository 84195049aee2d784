#include "reconcilers/core/openssl_pki.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <memory>
#include <stdexcept>

namespace vectis::reconcilers {
namespace {

template <auto Free>
struct With {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Key = std::unique_ptr<EVP_PKEY, With<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, With<X509_free>>;
using Bio = std::unique_ptr<BIO, With<BIO_free_all>>;
using Number = std::unique_ptr<BIGNUM, With<BN_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, With<X509_EXTENSION_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, With<GENERAL_NAMES_free>>;

/// The errors of OpenSSL hold no key material.
void require(bool is_good, const char* what) {
    if (is_good) return;
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    throw std::runtime_error(std::string(what) + ": " + text.data());
}

std::string content_of(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string to_pem(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    require(
        PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "write key"
    );
    return content_of(bio.get());
}

std::string to_pem(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(bio.get(), certificate) == 1, "write certificate");
    return content_of(bio.get());
}

Cert parse_certificate(const std::string& pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Cert certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    require(certificate != nullptr, "read certificate");
    return certificate;
}

Key parse_key(const std::string& pem) {
    const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    require(key != nullptr, "read key");
    return key;
}

void set_serial(X509* certificate) {
    std::array<unsigned char, 16> bytes{};
    require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "make serial number");
    bytes[0] &= 0x7FU;  // positive, RFC 5280 4.1.2.2
    bytes[0] |= 0x01U;
    const Number number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    require(
        BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
        "set serial number"
    );
}

void set_validity(X509* certificate, controller::Time now, int days) {
    const auto start = std::chrono::floor<std::chrono::seconds>(now - std::chrono::hours(1));
    const auto end = std::chrono::floor<std::chrono::seconds>(now + std::chrono::days(days));
    require(
        ASN1_TIME_set(X509_getm_notBefore(certificate), start.time_since_epoch().count()) !=
            nullptr,
        "set start"
    );
    require(
        ASN1_TIME_set(X509_getm_notAfter(certificate), end.time_since_epoch().count()) != nullptr,
        "set end"
    );
}

void set_common_name(X509_NAME* name, const std::string& text) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    require(
        X509_NAME_add_entry_by_txt(
            name, "CN", MBSTRING_UTF8, bytes, static_cast<int>(text.size()), -1, 0
        ) == 1,
        "set name"
    );
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
    require(extension != nullptr, "make extension");
    require(X509_add_ext(certificate, extension.get(), -1) == 1, "add extension");
}

Cert new_certificate(
    EVP_PKEY* key, const std::string& common_name, controller::Time now, int days
) {
    Cert certificate(X509_new());
    require(certificate != nullptr, "make certificate");
    require(X509_set_version(certificate.get(), X509_VERSION_3) == 1, "set version");
    set_serial(certificate.get());
    set_validity(certificate.get(), now, days);
    require(X509_set_pubkey(certificate.get(), key) == 1, "set key");
    // X.520 ends common names at 64 characters; host names may be longer and are in the SAN anyway.
    set_common_name(X509_get_subject_name(certificate.get()), common_name.substr(0, 64));
    return certificate;
}

controller::Time time_of(const ASN1_TIME* time) {
    std::tm parts{};
    require(ASN1_TIME_to_tm(time, &parts) == 1, "read time");
    const std::chrono::year_month_day date{
        std::chrono::year(parts.tm_year + 1900),
        std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
        std::chrono::day(static_cast<unsigned>(parts.tm_mday))
    };
    return std::chrono::sys_days(date) + std::chrono::hours(parts.tm_hour) +
           std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

std::string name_of(X509_NAME* name) {
    std::array<char, 256> text{};
    X509_NAME_get_text_by_NID(name, NID_commonName, text.data(), static_cast<int>(text.size()));
    return text.data();
}

std::string hex(const unsigned char* bytes, std::size_t size) {
    constexpr const char* digits = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < size; ++i) {
        out += digits[bytes[i] >> 4U];
        out += digits[bytes[i] & 15U];
    }
    return out;
}

std::string serial_of(X509* certificate) {
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
    return hex(ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial)));
}

std::vector<std::string> dns_names_of(X509* certificate) {
    std::vector<std::string> out;
    const Names names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)
    ));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type != GEN_DNS) continue;
        const ASN1_IA5STRING* text = name->d.dNSName;
        out.emplace_back(
            reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))
        );
    }
    return out;
}

}  // namespace

KeyPair OpensslPki::make_authority(const AuthorityRequest& request) {
    const Key key(EVP_EC_gen("P-256"));
    require(key != nullptr, "make key");
    const Cert certificate =
        new_certificate(key.get(), request.common_name, request.now, request.validity_days);
    set_common_name(X509_get_issuer_name(certificate.get()), request.common_name);
    add_extension(
        certificate.get(), certificate.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0"
    );
    add_extension(
        certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign"
    );
    add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
    require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "sign certificate");
    return {to_pem(key.get()), to_pem(certificate.get())};
}

KeyPair OpensslPki::issue(const KeyPair& authority, const LeafRequest& request) {
    const Cert issuer = parse_certificate(authority.certificate);
    const Key issuer_key = parse_key(authority.key);
    const Key key(EVP_EC_gen("P-256"));
    require(key != nullptr, "make key");
    const Cert certificate =
        new_certificate(key.get(), request.dns_names.at(0), request.now, request.validity_days);
    require(
        X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get())) == 1,
        "set issuer"
    );
    std::string names;
    for (const std::string& name : request.dns_names)
        names += (names.empty() ? "DNS:" : ",DNS:") + name;
    add_extension(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate.get(), issuer.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(certificate.get(), issuer.get(), NID_ext_key_usage, "serverAuth");
    add_extension(certificate.get(), issuer.get(), NID_subject_key_identifier, "hash");
    add_extension(certificate.get(), issuer.get(), NID_authority_key_identifier, "keyid:always");
    add_extension(certificate.get(), issuer.get(), NID_subject_alt_name, names);
    require(X509_sign(certificate.get(), issuer_key.get(), EVP_sha256()) > 0, "sign certificate");
    return {to_pem(key.get()), to_pem(certificate.get())};
}

CertificateFacts OpensslPki::read(const std::string& certificate) {
    const Cert parsed = parse_certificate(certificate);
    CertificateFacts facts;
    facts.subject = name_of(X509_get_subject_name(parsed.get()));
    facts.issuer = name_of(X509_get_issuer_name(parsed.get()));
    facts.serial = serial_of(parsed.get());
    facts.dns_names = dns_names_of(parsed.get());
    facts.not_before = time_of(X509_get0_notBefore(parsed.get()));
    facts.not_after = time_of(X509_get0_notAfter(parsed.get()));
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    require(X509_digest(parsed.get(), EVP_sha256(), digest.data(), &size) == 1, "make fingerprint");
    facts.fingerprint = hex(digest.data(), size);
    return facts;
}

bool OpensslPki::is_issued_by(const KeyPair& pair, const std::string& authority_certificate) {
    try {
        const Cert certificate = parse_certificate(pair.certificate);
        const Key key = parse_key(pair.key);
        const Cert issuer = parse_certificate(authority_certificate);
        return X509_check_private_key(certificate.get(), key.get()) == 1 &&
               X509_verify(certificate.get(), X509_get0_pubkey(issuer.get())) == 1;
    } catch (const std::runtime_error&) {
        return false;
    }
}

}  // namespace vectis::reconcilers
