// SPDX-License-Identifier: Apache-2.0
// A server that speaks the Postgres protocol and does nothing: it frames messages and answers each with a
// reply made beforehand, in the shape of a point read (a name and an age). What it reaches is the ceiling
// that the loopback and the client allow; the benchmarks compare with it.
//
//   null_server PORT [FOLDER]      FOLDER: also by the Unix-domain socket .s.PGSQL.PORT in it
//
// One epoll loop a core; the first accepts and deals connections out in turn. Trust only, no TLS, no COPY.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr uint32_t kSslRequest = 80877103, kGssRequest = 80877104, kCancelRequest = 80877102;
constexpr uint32_t kLongestMessage = 1u << 20;

std::string big_endian(uint64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += char(value >> shift);
  return out;
}

std::string message(char type, const std::string& body) { return type + big_endian(body.size() + 4, 4) + body; }

uint32_t read_int32(const char* at) {
  uint32_t value;
  std::memcpy(&value, at, 4);
  return ntohl(value);
}

std::string column(const std::string& name, uint32_t type, uint16_t size) {
  return name + '\0' + big_endian(0, 6) + big_endian(type, 4) + big_endian(size, 2) + big_endian(0xffffffff, 4) +
         big_endian(0, 2);
}

std::string field(const std::string& text) { return big_endian(text.size(), 4) + text; }

// The replies, by the type of the message that they answer.
struct Replies {
  Replies() {
    const std::string ready = message('Z', "I");
    const std::string description = message('T', big_endian(2, 2) + column("name", 25, 0xffff) + column("age", 20, 8));
    const std::string row = message('D', big_endian(2, 2) + field("Ada Amari") + field("42"));
    const std::string complete = message('C', std::string("SELECT 1") + '\0');
    for (const char* setting : {"server_version=15.0", "server_encoding=UTF8", "client_encoding=UTF8", "DateStyle=ISO, MDY",
                                "integer_datetimes=on", "standard_conforming_strings=on", "TimeZone=UTC"}) {
      std::string text = std::string(setting) + '\0';
      text[text.find('=')] = '\0';
      greeting += message('S', text);
    }
    greeting = message('R', big_endian(0, 4)) + greeting + message('K', big_endian(1, 4) + big_endian(2, 4)) + ready;
    by_type['Q'] = description + row + complete + ready;
    by_type['P'] = message('1', "");
    by_type['B'] = message('2', "");
    by_type['E'] = row + complete;
    by_type['C'] = message('3', "");
    by_type['S'] = ready;
    describe_portal = description;
    describe_statement = message('t', big_endian(1, 2) + big_endian(0, 4)) + description;
  }
  std::string greeting, describe_portal, describe_statement;
  std::array<std::string, 128> by_type;
};

const Replies& replies() {
  static const Replies made;
  return made;
}

class Connection {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  ~Connection() { ::close(fd_); }
  int fd() const { return fd_; }
  bool wants_to_write() const { return !out_.empty(); }

  // Takes what has come and answers it. False: the connection is over.
  bool serve() {
    char buffer[16384];
    ssize_t n = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    // Most of the time whole messages come: answer them where they lie.
    if (in_.empty()) {
      size_t used = 0;
      if (!answer({buffer, size_t(n)}, used)) return false;
      in_.assign(buffer + used, size_t(n) - used);
    } else {
      in_.append(buffer, size_t(n));
      size_t used = 0;
      if (!answer(in_, used)) return false;
      in_.erase(0, used);
    }
    return flush();
  }

  bool flush() {
    if (out_.empty()) return true;
    ssize_t n = ::send(fd_, out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    out_.erase(0, size_t(n));
    return true;
  }

 private:
  bool answer(std::string_view in, size_t& used) {
    while (greeted_ ? one_message(in.substr(used), used) : start_up(in.substr(used), used)) {}
    return !over_;
  }

  bool start_up(std::string_view in, size_t& used) {
    if (in.size() < 8) return false;
    uint32_t size = read_int32(in.data()), code = read_int32(in.data() + 4);
    if (size < 8 || size > kLongestMessage || code == kCancelRequest) return over_ = true, false;
    if (in.size() < size) return false;
    used += size;
    if (code == kSslRequest || code == kGssRequest) return out_ += 'N', true;
    out_ += replies().greeting;
    return greeted_ = true;
  }

  bool one_message(std::string_view in, size_t& used) {
    if (in.size() < 5) return false;
    uint32_t size = read_int32(in.data() + 1);
    if (size < 4 || size > kLongestMessage || in[0] == 'X') return over_ = true, false;
    if (in.size() < size_t(size) + 1) return false;
    used += size_t(size) + 1;
    if (in[0] == 'D')
      out_ += size > 4 && in[5] == 'S' ? replies().describe_statement : replies().describe_portal;
    else
      out_ += replies().by_type[size_t(in[0]) & 127];
    return true;
  }

  int fd_;
  bool greeted_ = false, over_ = false;
  std::string in_, out_;
};

class Loop {
 public:
  Loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  void add(Connection* connection) { control(EPOLL_CTL_ADD, connection->fd(), EPOLLIN, connection); }
  void listen_on(int listener, std::vector<Loop>& all) {
    listeners_.push_back(listener);
    all_ = &all;
    control(EPOLL_CTL_ADD, listener, EPOLLIN, nullptr);
  }

  void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      int n = ::epoll_wait(epoll_, events.data(), int(events.size()), -1);
      for (int i = 0; i < n; i++) {
        if (events[size_t(i)].data.ptr)
          turn(static_cast<Connection*>(events[size_t(i)].data.ptr), events[size_t(i)].events);
        else
          accept_all();
      }
    }
  }

 private:
  void control(int what, int fd, uint32_t events, Connection* connection) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = connection;
    ::epoll_ctl(epoll_, what, fd, &event);
  }

  void turn(Connection* connection, uint32_t events) {
    bool wrote_before = !connection->wants_to_write();
    bool alive = (events & EPOLLOUT) ? connection->flush() : connection->serve();
    if (!alive) {
      delete connection;
      return;
    }
    if (wrote_before == connection->wants_to_write())
      control(EPOLL_CTL_MOD, connection->fd(),
              connection->wants_to_write() ? uint32_t(EPOLLIN | EPOLLOUT) : uint32_t(EPOLLIN), connection);
  }

  void accept_all() {
    for (int listener : listeners_) accept_all(listener);
  }

  void accept_all(int listener) {
    for (int fd; (fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      (*all_)[next_++ % all_->size()].add(new Connection(fd));
    }
  }

  int epoll_;
  std::vector<int> listeners_;
  std::vector<Loop>* all_ = nullptr;
  size_t next_ = 0;
};

int listen_on(const void* address, socklen_t size) {
  const auto* generic = static_cast<const sockaddr*>(address);
  int fd = ::socket(generic->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, generic, size) || ::listen(fd, 1024)) {
    std::perror("null_server");
    std::exit(1);
  }
  return fd;
}

int listen_on_loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return listen_on(&address, sizeof address);
}

int listen_in_folder(const std::string& folder, const std::string& port) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder + "/.s.PGSQL." + port;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return listen_on(&address, sizeof address);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: null_server PORT [FOLDER]\n", stderr);
    return 2;
  }
  std::vector<Loop> loops(std::max(1u, std::thread::hardware_concurrency()));
  loops[0].listen_on(listen_on_loopback(uint16_t(std::strtoul(argv[1], nullptr, 10))), loops);
  if (argc > 2) loops[0].listen_on(listen_in_folder(argv[2], argv[1]), loops);
  std::vector<std::thread> running;
  for (size_t i = 1; i < loops.size(); i++) running.emplace_back([&loop = loops[i]] { loop.run(); });
  loops[0].run();
}
