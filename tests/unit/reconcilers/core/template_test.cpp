#include "reconcilers/core/template.hpp"

#include <gtest/gtest.h>

namespace vectis::reconcilers {
namespace {

using resources::FileFormat;

const TemplateValues values{
    {"host", "mail.example.test"},
    {"limits.size", 26214400},
    {"is_on", true},
    {"money", "a$b"},
    {"lines", "a\nb"}
};

TEST(Template, PutsValuesInPlaceQuotedForTheFormat) {
    const Rendered rendered =
        render("h = ${host}\ns = ${limits.size}\nm = ${money}\n", values, FileFormat::postfix);
    EXPECT_TRUE(rendered.errors.empty());
    EXPECT_EQ(rendered.text, "h = mail.example.test\ns = 26214400\nm = a$$b\n");
}

TEST(Template, LeavesSecretsAndPlainDollarsAlone) {
    const std::string text = "$myhostname $$ ${secret:db/password} $(x) $";
    const Rendered rendered = render(text, values, FileFormat::text);
    EXPECT_TRUE(rendered.errors.empty());
    EXPECT_EQ(rendered.text, text);
}

TEST(Template, ReportsUnknownNamesAndValuesThatCannotBeWritten) {
    const Rendered rendered = render("${nobody} ${lines}", values, FileFormat::postfix);
    ASSERT_EQ(rendered.errors.size(), 2U);
    EXPECT_EQ(rendered.errors[0], "unknown name 'nobody'");
    EXPECT_EQ(rendered.errors[1], "the value of 'lines' cannot be written in this format");
}

TEST(Template, DoesNotExpandWhatAValueBringsAlong) {
    const TemplateValues nested{{"a", "${b}"}, {"b", "no"}};
    EXPECT_EQ(render("${a}", nested, FileFormat::text).text, "${b}");
}

TEST(Template, LeavesAnOpenBraceAtTheEnd) {
    EXPECT_EQ(render("a ${host", values, FileFormat::text).text, "a ${host");
}

TEST(Template, PutsValuesIntoYamlAsJson) {
    const TemplateValues deep{{"names", boost::json::array{"a", "b: c"}}, {"on", false}};
    const Rendered rendered =
        render_yaml("names: ${names}\non: ${on}\nfile: ${secret:x/y}\n", deep);
    EXPECT_TRUE(rendered.errors.empty());
    EXPECT_EQ(rendered.text, "names: [\"a\",\"b: c\"]\non: false\nfile: ${secret:x/y}\n");
}

TEST(Template, ResolvesSecretsQuotedForTheFormat) {
    const Rendered rendered = resolve_secrets(
        "p = ${secret:db/password} ${host}",
        FileFormat::valkey,
        [](const std::string& reference) -> std::optional<std::string> {
            EXPECT_EQ(reference, "db/password");
            return "a\"b";
        }
    );
    EXPECT_TRUE(rendered.errors.empty());
    EXPECT_EQ(rendered.text, "p = \"a\\\"b\" ${host}");
}

TEST(Template, NamesMissingAndUnwritableSecretsButNeverTheirValues) {
    const Rendered rendered = resolve_secrets(
        "${secret:a/x} ${secret:b/y}",
        FileFormat::postfix,
        [](const std::string& reference) -> std::optional<std::string> {
            if (reference == "a/x") return std::nullopt;
            return "geheim\n1";
        }
    );
    ASSERT_EQ(rendered.errors.size(), 2U);
    EXPECT_EQ(rendered.errors[0], "secret a/x does not exist");
    EXPECT_EQ(rendered.errors[1], "secret b/y cannot be written in this format");
    EXPECT_EQ(rendered.text.find("geheim"), std::string::npos);
}

}  // namespace
}  // namespace vectis::reconcilers
