// SPDX-License-Identifier: Apache-2.0
// The endpoint for Prometheus: its threads are a library's, with small stacks.
#include <elf.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <fstream>
#include <vector>

#include "tests/support/server_process.h"

namespace elegraph::test {
namespace {

namespace asio = boost::asio;

// Free a moment ago.
int free_port() {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

std::string scrape(int port) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), uint16_t(port)});
  asio::write(socket, asio::buffer(std::string("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")));
  std::string answer;
  boost::system::error_code end;
  asio::read(socket, asio::dynamic_buffer(answer), end);
  return answer;
}

TEST(Metrics, AreServedBesideConnections) {
  const int port = free_port();
  ServerProcess server({"--metrics-port", std::to_string(port)});
  for (int i = 0; i < 20; i++) {
    const std::string answer = scrape(port);
    EXPECT_NE(answer.find("200 OK"), std::string::npos) << answer;
    EXPECT_NE(answer.find("elegraph_statements_total"), std::string::npos) << answer;
  }
  EXPECT_TRUE(server.alive());
}

// glibc takes the static block of thread-local variables from each thread's stack: what is large belongs on the heap.
TEST(Metrics, LeaveTheirThreadsAStack) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's own thread-local variables are in the program";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "a sanitizer's own thread-local variables are in the program";
#endif
#endif
  std::ifstream program(ELEGRAPH_BINARY, std::ios::binary);
  Elf64_Ehdr header;
  ASSERT_TRUE(program.read(reinterpret_cast<char*>(&header), sizeof header));
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  program.seekg(std::streamoff(header.e_phoff));
  ASSERT_TRUE(
      program.read(reinterpret_cast<char*>(segments.data()), std::streamsize(segments.size() * sizeof segments[0])));
  bool found = false;
  for (const Elf64_Phdr& segment : segments)
    if (segment.p_type == PT_TLS) {
      found = true;
      EXPECT_LE(segment.p_memsz, 8192u);
    }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace elegraph::test
