// SPDX-License-Identifier: Apache-2.0
// Runs the *.test files of this folder (README.md has the format).
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

struct Block {
  std::string command;  // the first line
  std::string statement;
  std::vector<std::string> expected;
  int line = 0;

  std::string text() const { return (command == "plan" ? "EXPLAIN " : "") + statement; }
};

std::vector<Block> read_blocks(const std::filesystem::path& file) {
  std::vector<Block> blocks;
  std::ifstream in(file);
  std::string line;
  Block block;
  bool dashes = false;
  int number = 0;
  auto finish = [&] {
    if (!block.command.empty()) blocks.push_back(std::move(block));
    block = {};
    dashes = false;
  };
  while (std::getline(in, line)) {
    number++;
    if (line.starts_with("#")) continue;
    if (line.empty()) {
      finish();
    } else if (block.command.empty()) {
      block.command = line;
      block.line = number;
    } else if (line == "----") {
      dashes = true;
    } else if (dashes) {
      block.expected.push_back(line);
    } else {
      block.statement += line + "\n";
    }
  }
  finish();
  return blocks;
}

std::string field(const PGresult* result, int row, int column) {
  return PQgetisnull(result, row, column) ? "NULL" : PQgetvalue(result, row, column);
}

// Column names, then the rows, cells joined by " | ".
std::vector<std::string> as_lines(const PGresult* result) {
  std::vector<std::string> lines(1);
  for (int c = 0; c < PQnfields(result); c++) lines[0] += (c ? " | " : "") + std::string(PQfname(result, c));
  for (int r = 0; r < PQntuples(result); r++) {
    std::string line;
    for (int c = 0; c < PQnfields(result); c++) line += (c ? " | " : "") + field(result, r, c);
    lines.push_back(line);
  }
  return lines;
}

void check_query(const Block& block, const PGresult* result) {
  ASSERT_EQ(PQresultStatus(result), PGRES_TUPLES_OK) << PQresultErrorMessage(result);
  auto lines = as_lines(result), expected = block.expected;
  if (block.command == "query unordered" && !lines.empty() && !expected.empty()) {
    std::sort(lines.begin() + 1, lines.end());
    std::sort(expected.begin() + 1, expected.end());
  }
  EXPECT_EQ(lines, expected);
}

void check_plan(const Block& block, const PGresult* result) {
  ASSERT_EQ(PQresultStatus(result), PGRES_TUPLES_OK) << PQresultErrorMessage(result);
  std::vector<std::string> lines;
  for (int r = 0; r < PQntuples(result); r++) {
    const std::string line = field(result, r, 0);
    lines.push_back(line.substr(0, line.find("  (rows=")));
  }
  EXPECT_EQ(lines, block.expected);
}

void check(const Block& block, PGresult* result) {
  const auto& command = block.command;
  if (command.starts_with("query")) return check_query(block, result);
  if (command == "plan") return check_plan(block, result);
  auto status = PQresultStatus(result);
  if (command.starts_with("error ")) {
    ASSERT_EQ(status, PGRES_FATAL_ERROR) << "no error";
    EXPECT_STREQ(PQresultErrorField(result, PG_DIAG_SQLSTATE), command.substr(6).c_str()) << PQresultErrorMessage(result);
    const std::unique_ptr<char, void (*)(void*)> verbose(
        PQresultVerboseErrorMessage(result, PQERRORS_VERBOSE, PQSHOW_CONTEXT_NEVER), PQfreemem);
    for (auto& text : block.expected)
      EXPECT_NE(std::string_view(verbose.get()).find(text), std::string_view::npos) << PQresultErrorMessage(result);
    return;
  }
  ASSERT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) << PQresultErrorMessage(result);
  if (command.starts_with("tag ")) {
    EXPECT_EQ(command.substr(4), PQcmdStatus(result));
  } else {
    EXPECT_EQ(command, "statement ok") << "unknown kind of block";
  }
}

class CypherFile : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(CypherFile, Runs) {
  ServerProcess server;
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(server.connection().c_str()), PQfinish);
  ASSERT_EQ(PQstatus(connection.get()), CONNECTION_OK) << PQerrorMessage(connection.get());
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  auto blocks = read_blocks(GetParam());
  ASSERT_FALSE(blocks.empty());
  for (auto& block : blocks) {
    SCOPED_TRACE(GetParam().filename().string() + ":" + std::to_string(block.line) + "\n" + block.statement);
    std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), block.text().c_str()), PQclear);
    check(block, result.get());
  }
}

std::vector<std::filesystem::path> test_files() {
  std::vector<std::filesystem::path> files;
  for (auto& entry : std::filesystem::recursive_directory_iterator(ELEGRAPH_CYPHER_TESTS))
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

INSTANTIATE_TEST_SUITE_P(Cypher, CypherFile, testing::ValuesIn(test_files()), [](auto& info) {
  std::string name = std::filesystem::relative(info.param, ELEGRAPH_CYPHER_TESTS).replace_extension().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});

}  // namespace
}  // namespace elegraph::test
