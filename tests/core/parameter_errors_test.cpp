#include <gtest/gtest.h>

#include <chrono>

#include "bornflow/base/error.hpp"
#include "bornflow/base/random.hpp"
#include "bornflow/config/parameter_registry.hpp"

namespace bornflow {

namespace {

struct GridParameters {
  int nx = 64;
  std::int64_t n_total = 1;
  double dx = 10;
  template <class Visitor>
  void visit(Visitor& v) {
    v("nx", nx, "points along x", at_least(1));
    v("n_total", n_total, "points in all", positive());
    v("dx", dx, "spacing along x [m]", positive());
  }
};

struct TimeParameters {
  double cfl = 0.5;
  std::string method = "nonlinear";
  std::vector<double> levels = {1};
  std::vector<std::string> outputs;
  int order = 8;
  bool verbose = false;
  template <class Visitor>
  void visit(Visitor& v) {
    v("cfl", cfl, "Courant number", positive() & in_range(0, 1));
    v("method", method, "modelling", one_of({"nonlinear", "born"}));
    v("levels", levels, "contours", non_negative());
    v("outputs", outputs, "what to write", one_of({"traces", "image"}));
    v("order", order, "order in space", one_of({"2", "4", "8"}));
    v("verbose", verbose, "say more", any());
  }
};

struct DataParameters {
  std::string file;
  double sampling = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("file", file, "observed shot records", required());
    v("sampling", sampling, "sampling interval [s]", required() & positive());
  }
};

/// The report of the errors of `text` and `overrides`, or "" when there are none.
std::string errors(const std::string& text, const std::vector<std::string>& overrides = {}, bool with_data = false) {
  GridParameters grid;
  TimeParameters time;
  DataParameters data;
  ParameterRegistry registry;
  registry.add("grid", "grid", grid);
  registry.add("time", "time", time);
  if (with_data) registry.add("data", "data", data);
  try {
    registry.parse(text, "in/a.cfg", overrides);
  } catch (const UserError& error) {
    EXPECT_EQ(grid.nx, 64) << "defaults must be back after an error";
    return error.what();
  }
  return "";
}

std::string one_error_in(const std::string& section) {
  return "1 error; nothing was run. 'bornflow --help-parameters " + section + "' lists this section.";
}

const std::string lists_all = "; nothing was run. 'bornflow --help-parameters' lists all sections.";

struct BadLine {
  std::string line, expected;
};

}  // namespace

// Each line stands on line 2, below [grid] or [time]; the report must be this one line and the summary.
TEST(ParameterErrors, each_bad_value_gets_its_message) {
  const std::vector<BadLine> grid_lines = {
      {"n_x = 7", "n_x is not a parameter. Did you mean 'nx'?"},
      {"NX = 7", "NX is not a parameter. Did you mean 'nx'?"},
      {"ntotal = 7", "ntotal is not a parameter. Did you mean 'n_total'?"},
      {"n_totla = 7", "n_totla is not a parameter. Did you mean 'n_total'?"},
      {"cfl = 7", "cfl is not a parameter. Did you mean 'cfl' of [time]?"},
      {"temperature = 7", "temperature is not a parameter."},
      {"nx = 10x", "nx = 10x is not an integer."},
      {"nx = 10.0", "nx = 10.0 is not an integer."},
      {"nx = 1e3", "nx = 1e3 is not an integer."},
      {"nx = 0x10", "nx = 0x10 is not an integer."},
      {"nx = 1 2", "nx = 1 2 is not an integer."},
      {"nx = 1,5", "nx = 1,5 is not an integer."},
      {"nx = --1", "nx = --1 is not an integer."},
      {"nx = +-1", "nx = +-1 is not an integer."},
      {"nx = \"7\"", "nx = \"7\" is not an integer."},
      {"nx = 0", "nx = 0 must be at least 1."},
      {"nx = -1", "nx = -1 must be at least 1."},
      {"nx = 2147483648", "nx = 2147483648 does not fit a 32-bit integer."},
      {"nx = -99999999999999999999999", "nx = -99999999999999999999999 does not fit a 32-bit integer."},
      {"nx =", "nx has no value; expected: integer."},
      {"nx = # 7", "nx has no value; expected: integer."},
      {"n_total = 9223372036854775808", "n_total = 9223372036854775808 does not fit a 64-bit integer."},
      {"n_total = -4", "n_total = -4 must be positive."},
      {"dx = 1,5", "dx = 1,5 is not a number. Did you mean '1.5'?"},
      {"dx = 1.5m", "dx = 1.5m is not a number."},
      {"dx = 1.5d0", "dx = 1.5d0 is not a number."},
      {"dx = 0x1p3", "dx = 0x1p3 is not a number."},
      {"dx = nan", "dx = nan must be finite."},
      {"dx = -inf", "dx = -inf must be finite."},
      {"dx = Infinity", "dx = Infinity must be finite."},
      {"dx = 1e999", "dx = 1e999 does not fit a double (about 1e-308 to 1e308)."},
      {"dx = 0", "dx = 0 must be positive."},
      {"dx = -0.0", "dx = -0.0 must be positive."},
      {"dx == 3", "dx = = 3 is not a number."},
      {"nx 7", "'nx 7' has no '='. A parameter is written key = value."},
      {"nx: 7 # old", "'nx: 7' has no '='. A parameter is written key = value."},
      {"= 7", "'= 7' has no key before '='. A parameter is written key = value."},
      {"nx = 7\x01", "'nx = 7\\x01' holds a control character; retype the line."},
      {"nx = 7\rnx = 8", "'nx = 7\\x0dnx = 8' holds a control character; retype the line."},
      {std::string(100, 'x') + " = 1", std::string(60, 'x') + "... is not a parameter."},
  };
  for (const BadLine& bad : grid_lines)
    EXPECT_EQ(errors("[grid]\n" + bad.line + "\n"), "in/a.cfg:2: [grid] " + bad.expected + "\n" + one_error_in("grid"));
  const std::vector<BadLine> time_lines = {
      {"cfl = 1.4", "cfl = 1.4 must be in (0, 1]."},
      {"cfl = 0", "cfl = 0 must be in (0, 1]."},
      {"method = bron", "method = bron must be one of: nonlinear, born. Did you mean 'born'?"},
      {"method =", "method must be one of: nonlinear, born."},
      {"method = born, born", "method = born, born must be one of: nonlinear, born. Did you mean 'born'?"},
      {"levels = 1, 2x, 3", "levels = 1, 2x, 3 has element 2, '2x', which is not a number."},
      {"levels = 1, , 3", "levels = 1, , 3 has element 2 empty; a list is written a, b, c."},
      {"levels = 1,", "levels = 1, has element 2 empty; a list is written a, b, c."},
      {"levels = 1 2", "levels = 1 2 has element 1, '1 2', which is not a number."},
      {"levels = 1, nan", "levels = 1, nan has element 2, 'nan', which must be finite."},
      {"levels = 1, -2", "levels = 1, -2 has element 2, -2, which must be zero or positive."},
      {"outputs = traces, images",
       "outputs = traces, images has element 2, images, which must be one of: traces, image. Did you mean 'image'?"},
      {"outputs = traces, \"image",
       "outputs = traces, \"image has element 2, '\"image', which has a misplaced quote. Double quotes must enclose "
       "the whole "
       "value; inside write \\\"."},
      {"order = 6", "order = 6 must be one of: 2, 4, 8."},
      {"verbose = 1", "verbose = 1 is not a boolean: true, false, yes, no, on or off."},
      {"verbose = maybe", "verbose = maybe is not a boolean: true, false, yes, no, on or off."},
  };
  for (const BadLine& bad : time_lines) {
    const std::string report = errors("[time]\n" + bad.line + "\n");
    EXPECT_EQ(report.substr(0, report.rfind('\n')), "in/a.cfg:2: [time] " + bad.expected);
  }
}

TEST(ParameterErrors, sections_and_structure) {
  EXPECT_EQ(errors("\n\n[gird]\nnx = 1\nny = 2\n[gird]\n"),
            "in/a.cfg:3: [gird] is not a section. Did you mean 'grid'?\n1 error" + lists_all);
  EXPECT_EQ(errors("nx = 1\n[grid]\n"),
            "in/a.cfg:1: 'nx' stands before the first section. Put it below its [section].\n1 error" + lists_all);
  EXPECT_EQ(errors("grid.nx = 1\n"),
            "in/a.cfg:1: 'grid.nx' stands before the first section. Write 'nx' below [grid].\n1 error" + lists_all);
  EXPECT_EQ(errors("[grid\nnx = 1\n"),
            "in/a.cfg:1: [grid] '[grid' has no closing ']'. A section is written [name].\n" + one_error_in("grid"));
  EXPECT_EQ(errors("[grid] nx = 1\n"),
            "in/a.cfg:1: [grid] '[grid] nx = 1' has text after ']'. Write each parameter on its own line.\n" +
                one_error_in("grid"));
  EXPECT_EQ(errors("[]\nnx = 1\n"),
            "in/a.cfg:1: '[]' names no section. A section is written [name].\n1 error" + lists_all);
  EXPECT_EQ(errors("[grid]\nnx = 1\n[time]\n[grid]\nnx = 1\n"),
            "in/a.cfg:5: [grid] nx is given twice; the first time on line 2.\n" + one_error_in("grid"));
}

TEST(ParameterErrors, files_that_are_no_text_get_one_error) {
  EXPECT_EQ(errors(std::string("[grid]\n\0\0\nnx\n", 13), {}, true),
            "in/a.cfg:2: the file holds a NUL byte: it is damaged or not a parameter file.\n1 error" + lists_all);
  EXPECT_EQ(errors("\xFF\xFE[g"),
            "in/a.cfg:1: the file is UTF-16; save it as UTF-8 or plain ASCII.\n1 error" + lists_all);
}

TEST(ParameterErrors, missing_required_parameters) {
  EXPECT_EQ(errors("", {}, true),
            "in/a.cfg: [data] file is missing: observed shot records. It has no default.\n"
            "in/a.cfg: [data] sampling is missing: sampling interval [s]; must be positive. It has no default.\n"
            "2 errors; nothing was run. 'bornflow --help-parameters data' lists this section.");
  EXPECT_EQ(errors("[data]\nfile = d.h5\n", {"--data.sampling=0.004"}, true), "");
  // Given but wrong is one error, not "missing" as well.
  EXPECT_EQ(errors("[data]\nfile =\nsampling = 0\n", {}, true),
            "in/a.cfg:2: [data] file must not be empty.\n"
            "in/a.cfg:3: [data] sampling = 0 must be positive.\n"
            "2 errors; nothing was run. 'bornflow --help-parameters data' lists this section.");
}

TEST(ParameterErrors, command_line) {
  const std::string one_grid = "\n" + one_error_in("grid");
  EXPECT_EQ(errors("", {"--grid.n_x=4"}), "command line: [grid] n_x is not a parameter. Did you mean 'nx'?" + one_grid);
  EXPECT_EQ(errors("", {"--grid.nx=4", "--grid.nx=4"}), "command line: [grid] nx is given twice." + one_grid);
  EXPECT_EQ(errors("", {"--grid.nx="}), "command line: [grid] nx has no value; expected: integer." + one_grid);
  EXPECT_EQ(errors("", {"--grid.nx=4 # few"}), "command line: [grid] nx = 4 # few is not an integer." + one_grid);
  EXPECT_EQ(errors("", {"--gird.nx=4"}),
            "command line: [gird] is not a section. Did you mean 'grid'?\n1 error" + lists_all);
  EXPECT_EQ(errors("", {"--time.method=b\norn"}),
            "command line: '--time.method=b\\x0aorn' holds a control character.\n1 error" + lists_all);
  for (const char* token :
       {"grid.nx=4", "-grid.nx=4", "--grid.nx", "--nx=4", "--", "", "--=4", "--grid.=4", "--.nx=4", "-n", "=", "--="})
    EXPECT_EQ(errors("", {token}), "command line: '" + std::string(token) +
                                       "' is not understood. A parameter is written --section.key=value.\n1 error" +
                                       lists_all);
  // A shortened name is not guessed.
  EXPECT_EQ(errors("", {"--grid.n_tot=4"}),
            "command line: [grid] n_tot is not a parameter. Did you mean 'n_total'?" + one_grid);
}

TEST(ParameterErrors, all_are_reported_at_once_in_order) {
  EXPECT_EQ(errors("nz = 1\n[grid]\nn_x = 4\ndx = -1\n\n[tmie]\n[time]\ncfl = 1.4 # fast\ncfl = 0.5\nlevels\n",
                   {"--grid.dx=10x", "nx=3", "--time.order=8"}, true),
            "in/a.cfg:1: 'nz' stands before the first section. Put it below its [section].\n"
            "in/a.cfg:3: [grid] n_x is not a parameter. Did you mean 'nx'?\n"
            "in/a.cfg:4: [grid] dx = -1 must be positive.\n"
            "in/a.cfg:6: [tmie] is not a section. Did you mean 'time'?\n"
            "in/a.cfg:8: [time] cfl = 1.4 must be in (0, 1].\n"
            "in/a.cfg:9: [time] cfl is given twice; the first time on line 8.\n"
            "in/a.cfg:10: [time] 'levels' has no '='. A parameter is written key = value.\n"
            "command line: 'nx=3' is not understood. A parameter is written --section.key=value.\n"
            "command line: [grid] dx = 10x is not a number.\n"
            "in/a.cfg: [data] file is missing: observed shot records. It has no default.\n"
            "in/a.cfg: [data] sampling is missing: sampling interval [s]; must be positive. It has no default.\n"
            "11 errors" +
                lists_all);
}

TEST(ParameterErrors, many_errors_are_counted_and_the_first_hundred_shown) {
  std::string text = "[grid]\n";
  for (int i = 0; i < 150; ++i) text += "key" + std::to_string(i) + " = 1\n";
  const std::string report = errors(text);
  EXPECT_NE(report.find("in/a.cfg:101: [grid] key99 is not"), std::string::npos);
  EXPECT_EQ(report.find("in/a.cfg:102:"), std::string::npos);
  EXPECT_NE(report.find("... and 50 more\n150 errors; nothing was run."), std::string::npos);
}

TEST(ParameterErrors, names_the_place_of_parameters_that_other_rules_speak_of) {
  GridParameters grid;
  TimeParameters time;
  ParameterRegistry registry;
  registry.add("grid", "the grid", grid);
  registry.add("time", "the axis of time", time);
  registry.parse("[grid]\nn_total = 12\ndx = 2\n", "in/a.cfg", {"--time.order=4"});
  EXPECT_EQ(registry.with_places("[grid] n_total = 12 is too few.\n[time] order: no.\n[grid] nx = 64 is a default.\n2 errors"),
            "in/a.cfg:2: [grid] n_total = 12 is too few.\ncommand line: [time] order: no.\n[grid] nx = 64 is a default.\n2 errors");
  for (const char* same : {"", "nothing", "[grid", "[grid] ", "[grid] dxx", "[grind] dx = 2", "see [grid] dx = 2\n"})
    EXPECT_EQ(registry.with_places(same), same);
}

// Damaged files end in a report or in values that keep their rules, never in another exception; and soon.
TEST(ParameterErrors, survives_random_damage) {
  const std::string good =
      "[grid]\nnx = 12\ndx = 2.5 # m\n[time]\nlevels = 1, 2, 3\noutputs = \"traces\", image\ncfl = 1e-1\n";
  const std::string pieces = "[]=#\"\\,.\n\r\t 0129eE+-naif_xX\xEF\xBB\xBF\xC3\x7F";
  RandomStream random(3, Purpose::test, 0);
  int refused = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string text = good;
    const int n_changes = random.integer(1, 6);
    for (int change = 0; change < n_changes; ++change) {
      const auto position = static_cast<std::size_t>(random.integer(0, static_cast<int>(text.size()) - 1));
      const char piece = pieces[static_cast<std::size_t>(random.integer(0, static_cast<int>(pieces.size()) - 1))];
      const int kind = random.integer(0, 2);
      if (kind == 0) text[position] = piece;
      if (kind == 1) text.insert(position, 1, piece);
      if (kind == 2) text.erase(position, static_cast<std::size_t>(random.integer(1, 4)));
      if (text.empty()) text = "=";
    }
    const std::string report = errors(text);
    refused += !report.empty();
    EXPECT_TRUE(report.empty() || report.find("; nothing was run.") != std::string::npos) << text;
  }
  EXPECT_GT(refused, 1000);
  EXPECT_LT(refused, 5000);

  const auto start = std::chrono::steady_clock::now();
  EXPECT_NE(errors("[grid]\n" + std::string(10000000, 'x')), "");  // lines of 10 MB: both take 0.1 s together
  EXPECT_NE(errors("[grid]\nnx = " + std::string(10000000, '7')), "");
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 2.0);
}

}  // namespace bornflow
