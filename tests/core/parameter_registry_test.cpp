#include "bornflow/config/parameter_registry.hpp"

#include <gtest/gtest.h>

#include "bornflow/base/error.hpp"

namespace bornflow {

namespace {

struct GridParameters {
  int nx = 64;
  double dx = 10;
  std::vector<double> origin = {0, 0};
  template <class Visitor>
  void visit(Visitor& v) {
    v("nx", nx, "points along x", at_least(1));
    v("dx", dx, "spacing along x [m]", positive());
    v("origin", origin, "coordinates of the first point [m]");
  }
};

struct RunParameters {
  std::string title = "a \"first\" # run";
  std::vector<std::string> tasks = {"model", "migrate, then invert"};
  std::int64_t seed = 1;
  bool resume = true;
  template <class Visitor>
  void visit(Visitor& v) {
    v("title", title, "text in the reports", any());
    v("tasks", tasks, "tasks in order", any());
    v("seed", seed, "seed of all random numbers", non_negative());
    v("resume", resume, "continue what is half done", any());
  }
};

struct BadDefault {
  int n = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("n", n, "a number", at_least(1));
  }
};

struct Twice {
  int n = 1;
  template <class Visitor>
  void visit(Visitor& v) {
    v("n", n, "a number");
    v("n", n, "again");
  }
};

struct Parameters {
  GridParameters grid;
  RunParameters run;
  ParameterRegistry registry;
  Parameters() {
    registry.add("grid", "the computational grid", grid);
    registry.add("run", "what to do", run);
  }
};

std::string origin_of(const ParameterRegistry& registry, const std::string& key) {
  for (const auto& value : registry.values())
    if (value.key == key) return value.origin;
  return "no such key";
}

}  // namespace

TEST(ParameterRegistry, command_line_beats_file_beats_default) {
  Parameters s;
  s.registry.parse("[grid]\nnx = 101\ndx = 5\n", "a.cfg", {"--grid.nx=401", "--run.seed=9"});
  EXPECT_EQ(s.grid.nx, 401);
  EXPECT_EQ(s.grid.dx, 5.0);
  EXPECT_EQ(s.run.seed, 9);
  EXPECT_TRUE(s.run.resume);
  EXPECT_EQ(origin_of(s.registry, "nx"), "command line");
  EXPECT_EQ(origin_of(s.registry, "dx"), "a.cfg:3");
  EXPECT_EQ(origin_of(s.registry, "resume"), "default");
  s.registry.parse("", "b.cfg");  // a second parse starts from the defaults again
  EXPECT_EQ(s.grid.nx, 64);
  EXPECT_EQ(origin_of(s.registry, "nx"), "default");
}

TEST(ParameterRegistry, accepts_every_harmless_way_to_write_a_file) {
  Parameters s;
  s.registry.parse(
      "\xEF\xBB\xBF# a comment\r\n\r\n  [ grid ]  # here\r\n\tnx=  7# glued\r\n origin = 1, -2.5e3 , +3\r\n"
      "[run]\r\ntitle = \"x # \\\"y\\\" \\n\" # real comment\r\ntasks = a , \"b, c\", d\r\nresume = Off\r\n"
      "[grid]\r\ndx = .5",
      "a.cfg");
  EXPECT_EQ(s.grid.nx, 7);
  EXPECT_EQ(s.grid.dx, 0.5);
  EXPECT_EQ(s.grid.origin, (std::vector<double>{1, -2500, 3}));
  EXPECT_EQ(s.run.title, "x # \"y\" \\n");
  EXPECT_EQ(s.run.tasks, (std::vector<std::string>{"a", "b, c", "d"}));
  EXPECT_FALSE(s.run.resume);
  EXPECT_EQ(origin_of(s.registry, "dx"), "a.cfg:11");
}

TEST(ParameterRegistry, boolean_has_six_names) {
  for (const char* text : {"true", "yes", "on", "TRUE", "Yes"}) {
    Parameters s;
    s.run.resume = false;
    s.registry.parse("", "a.cfg", {std::string("--run.resume=") + text});
    EXPECT_TRUE(s.run.resume) << text;
  }
  for (const char* text : {"false", "no", "off", "OFF"}) {
    Parameters s;
    s.registry.parse("", "a.cfg", {std::string("--run.resume=") + text});
    EXPECT_FALSE(s.run.resume) << text;
  }
}

TEST(ParameterRegistry, empty_text_and_list_are_values) {
  Parameters s;
  s.registry.parse("[grid]\norigin =\n", "a.cfg", {"--run.title=", "--run.tasks="});
  EXPECT_TRUE(s.grid.origin.empty());
  EXPECT_EQ(s.run.title, "");
  EXPECT_TRUE(s.run.tasks.empty());
}

TEST(ParameterRegistry, command_line_takes_hash_equals_and_commas_as_they_are) {
  Parameters s;
  s.registry.parse("", "a.cfg", {"--run.title=shot #3: a=b, c", "--grid.origin=-1,2", "--run.seed=-0"});
  EXPECT_EQ(s.run.title, "shot #3: a=b, c");
  EXPECT_EQ(s.grid.origin, (std::vector<double>{-1, 2}));
}

TEST(ParameterRegistry, print_parses_back_to_the_same_values) {
  Parameters first, second;
  first.registry.parse("[grid]\ndx = 0.1\norigin = 1e-300, 3.3333333333333335, -0\n", "a.cfg",
                       {"--run.title= \"  [grid] nx = 3 # \\\\\\\" \"", "--run.seed=9223372036854775807",
                        "--run.tasks=\"\", \" b\", \"c,d#\\\"\", e\\f", "--run.resume=no"});
  ASSERT_EQ(first.run.tasks, (std::vector<std::string>{"", " b", "c,d#\"", "e\\f"}));
  ASSERT_EQ(first.run.title, "  [grid] nx = 3 # \\\" ");
  second.registry.parse(first.registry.print(), "printed.cfg");
  EXPECT_EQ(second.grid.nx, first.grid.nx);
  EXPECT_EQ(second.grid.dx, first.grid.dx);
  EXPECT_EQ(second.grid.origin, first.grid.origin);
  EXPECT_EQ(second.run.title, first.run.title);
  EXPECT_EQ(second.run.tasks, first.run.tasks);
  EXPECT_EQ(second.run.seed, first.run.seed);
  EXPECT_EQ(second.run.resume, first.run.resume);

  Parameters untouched, again;  // the defaults too, which hold a quote, a hash and a comma
  again.run.title = again.run.tasks[1] = "";
  again.registry.parse(untouched.registry.print(), "printed.cfg");
  EXPECT_EQ(again.run.title, untouched.run.title);
  EXPECT_EQ(again.run.tasks, untouched.run.tasks);
}

TEST(ParameterRegistry, print_tells_the_origin_of_each_value) {
  Parameters s;
  s.registry.parse("[grid]\n\nnx = 5", "inputs/a.cfg", {"--grid.dx=2.5"});
  const std::string text = s.registry.print();
  EXPECT_NE(text.find("[grid]\n"
                      "nx      = 5     # inputs/a.cfg:3\n"
                      "dx      = 2.5   # command line\n"
                      "origin  = 0, 0  # default\n"),
            std::string::npos)
      << text;
}

TEST(ParameterRegistry, help_is_an_aligned_reference) {
  Parameters s;
  s.registry.parse("[grid]\nnx = 5", "a.cfg");
  EXPECT_EQ(s.registry.help("grid"),
            "[grid]  the computational grid\n"
            "  key     type             default  must be     meaning\n"
            "  nx      integer          64       at least 1  points along x\n"
            "  dx      number           10       positive    spacing along x [m]\n"
            "  origin  list of numbers  0, 0     -           coordinates of the first point [m]\n");
  EXPECT_NE(s.registry.help().find("[run]  what to do"), std::string::npos);
  try {
    s.registry.help("gird");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "[gird] is not a section. Did you mean 'grid'?");
  }
}

TEST(ParameterRegistry, digest_follows_the_values_of_the_named_sections_only) {
  const auto digest = [](const std::string& text, const std::vector<std::string>& overrides,
                         const std::vector<std::string>& sections) {
    Parameters s;
    s.registry.parse(text, "a.cfg", overrides);
    return s.registry.digest(sections);
  };
  const std::string base = digest("", {}, {"grid"});
  EXPECT_EQ(base.size(), 16u);
  EXPECT_EQ(base.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(digest("[grid]\nnx = 64\ndx = 10.0", {}, {"grid"}), base) << "same values, other origins and spelling";
  EXPECT_EQ(digest("", {"--run.seed=2"}, {"grid"}), base) << "another section";
  EXPECT_NE(digest("", {"--grid.nx=65"}, {"grid"}), base);
  EXPECT_NE(digest("", {"--grid.origin=0,0,0"}, {"grid"}), base);
  EXPECT_NE(digest("", {}, {"grid", "run"}), base);
  EXPECT_EQ(digest("", {}, {"grid", "run"}), digest("", {}, {"run", "grid"}));
  EXPECT_NE(digest("", {"--run.seed=2"}, {"grid", "run"}), digest("", {}, {"run", "grid"}));
  EXPECT_THROW(digest("", {}, {"time"}), Bug);
}

TEST(ParameterRegistry, refuses_wrong_declarations) {
  BadDefault bad_default;
  Twice twice;
  Parameters s;
  EXPECT_THROW(s.registry.add("grid", "again", s.grid), Bug);
  EXPECT_THROW(s.registry.add("bad", "", bad_default), Bug);
  EXPECT_THROW(s.registry.add("twice", "", twice), Bug);
  EXPECT_THROW(positive() & in_range(-2, -1), Bug);
  EXPECT_THROW(one_of({"a"}) & one_of({"b"}), Bug);
}

}  // namespace bornflow
