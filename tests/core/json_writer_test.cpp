#include "bornflow/report/json_writer.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

std::string as_json(const std::string& text) { return JsonWriter().value(text).text(); }

}  // namespace

TEST(JsonWriter, nests_and_indents) {
  JsonWriter json;
  json.begin_object()
      .member("name", "x")
      .member("n", 3)
      .member("ok", true)
      .member("big", std::int64_t{-9007199254740993});
  json.key("list")
      .begin_array()
      .value(1.5)
      .value(false)
      .null()
      .begin_array()
      .end_array()
      .begin_object()
      .end_object()
      .end_array();
  json.key("inner").begin_object().member("a", std::size_t{7}).end_object().end_object();
  EXPECT_EQ(json.text(),
            "{\n"
            "  \"name\": \"x\",\n"
            "  \"n\": 3,\n"
            "  \"ok\": true,\n"
            "  \"big\": -9007199254740993,\n"
            "  \"list\": [\n"
            "    1.5,\n"
            "    false,\n"
            "    null,\n"
            "    [],\n"
            "    {}\n"
            "  ],\n"
            "  \"inner\": {\n"
            "    \"a\": 7\n"
            "  }\n"
            "}\n");
}

TEST(JsonWriter, escapes_what_must_be) {
  EXPECT_EQ(as_json("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"\n");
  EXPECT_EQ(as_json("line\nfeed\ttab"), "\"line\\nfeed\\ttab\"\n");
  EXPECT_EQ(as_json(std::string("\0\x01\x1f\r\x7f", 5)), "\"\\u0000\\u0001\\u001f\\u000d\x7f\"\n");
  EXPECT_EQ(as_json(""), "\"\"\n");
  JsonWriter json;
  json.begin_object().member("a\"b", 1).end_object();
  EXPECT_EQ(json.text(), "{\n  \"a\\\"b\": 1\n}\n");
}

TEST(JsonWriter, keeps_utf8_and_replaces_other_bytes) {
  for (const char* good : {"\xC3\xA9", "\xE2\x88\x87", "\xED\x9F\xBF", "\xF0\x9F\x8C\x8D", "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(as_json(good), "\"" + std::string(good) + "\"\n");
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(as_json("\xE9t\xE9"), "\"" + mark + "t" + mark + "\"\n") << "Latin-1";
  EXPECT_EQ(as_json("\xC0\x80"), "\"" + mark + mark + "\"\n") << "overlong";
  EXPECT_EQ(as_json("\xED\xA0\x80"), "\"" + mark + mark + mark + "\"\n") << "surrogate";
  EXPECT_EQ(as_json("\xF4\x90\x80\x80"), "\"" + mark + mark + mark + mark + "\"\n") << "above U+10FFFF";
  EXPECT_EQ(as_json("x\xE2\x88"), "\"x" + mark + mark + "\"\n") << "cut";
}

TEST(JsonWriter, writes_numbers_that_read_back_and_null_for_the_others) {
  EXPECT_EQ(JsonWriter().value(0.1).text(), "0.1\n");
  EXPECT_EQ(JsonWriter().value(1e300).text(), "1e+300\n");
  EXPECT_EQ(std::stod(JsonWriter().value(1.0 / 3).text()), 1.0 / 3);
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_EQ(JsonWriter().value(bad).text(), "null\n");
}

TEST(JsonWriter, refuses_what_is_no_document) {
  EXPECT_THROW(JsonWriter().text(), Bug);
  EXPECT_THROW(JsonWriter().begin_object().text(), Bug);
  EXPECT_THROW(JsonWriter().begin_object().value(1), Bug);
  EXPECT_THROW(JsonWriter().begin_object().key("a").key("b"), Bug);
  EXPECT_THROW(JsonWriter().begin_object().key("a").end_object(), Bug);
  EXPECT_THROW(JsonWriter().begin_array().key("a"), Bug);
  EXPECT_THROW(JsonWriter().begin_array().end_object(), Bug);
  EXPECT_THROW(JsonWriter().end_array(), Bug);
  EXPECT_THROW(JsonWriter().value(1).value(2), Bug);
}

TEST(JsonWriter, file_is_the_whole_document_or_an_error) {
  const auto path = std::filesystem::temp_directory_path() / ("bornflow_json_" + std::to_string(getpid()));
  JsonWriter().value(1).write_file(path);
  JsonWriter().begin_array().value(2).end_array().write_file(path);  // replaces
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "[\n  2\n]\n");
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".partial"));
  std::filesystem::remove(path);
  try {
    JsonWriter().value(1).write_file("/nonexistent/folder/x.json");
    FAIL();
  } catch (const IoError& error) {
    EXPECT_NE(std::string(error.what()).find("/nonexistent/folder/x.json: No such file"), std::string::npos)
        << error.what();
  }
}

}  // namespace bornflow
