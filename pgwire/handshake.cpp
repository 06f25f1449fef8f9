// SPDX-License-Identifier: Apache-2.0
// From the accepted socket to the first ReadyForQuery: TLS, protocol version, authentication, session.
#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

#include "pgwire/connection.h"
#include "pgwire/error_response.h"
#include "pgwire/message_writer.h"

namespace elegraph::pgwire {
namespace {

namespace asio = boost::asio;

constexpr int32_t kAuthenticationOk = 0, kSasl = 10, kSaslContinue = 11, kSaslFinal = 12;

}  // namespace

Connection::Awaitable<bool> Connection::handshake() {
  std::optional<StartupPacket> packet = co_await startup_packet();
  if (!packet) co_return false;
  thread_->borrow(out_);
  if (!admit()) {
    co_await write_all();
    co_return false;
  }
  negotiate_version(*packet);
  if (!co_await authenticate(*packet)) {
    co_await write_all();
    co_return false;
  }
  open_session(*packet);
  co_return true;
}

// The packet that starts the session; requests for encryption before it are answered on the way. nullopt: none comes.
Connection::Awaitable<std::optional<StartupPacket>> Connection::startup_packet() {
  for (int requests = 0; requests < 3;) {
    auto body = input_.next_startup();
    if (!body) {
      if (!co_await fill()) co_return std::nullopt;
      continue;
    }
    StartupPacket packet = StartupPacket::read(*body);
    if (packet.kind == StartupPacket::Kind::kStart) co_return packet;
    if (packet.kind == StartupPacket::Kind::kCancel) {
      shared_.cancel_requests.fetch_add(1, std::memory_order_relaxed);
      shared_.cancels.cancel({packet.process, packet.secret});
      co_return std::nullopt;
    }
    requests++;
    bool tls = packet.kind == StartupPacket::Kind::kTls && shared_.tls && !tls_;
    out_ += tls ? 'S' : 'N';
    if (!co_await write_all() || (tls && !co_await offer_tls())) co_return std::nullopt;
  }
  throw Error(sqlstate::kProtocolViolation, "too many requests for encryption");
}

Connection::Awaitable<bool> Connection::offer_tls() {
  // Bytes that came before the handshake could be an attacker's (CVE-2021-23214).
  if (!input_.empty()) throw Error(sqlstate::kProtocolViolation, "received unencrypted data after SSL request");
  tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, *shared_.tls);
  auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, asio::as_tuple(asio::deferred));
  if (error) tls_.reset();
  co_return !error;
}

bool Connection::admit() {
  admitted_ = true;
  if (shared_.open.fetch_add(1, std::memory_order_relaxed) < shared_.options.max_connections) return true;
  shared_.rejected.fetch_add(1, std::memory_order_relaxed);
  fatal(Error(sqlstate::kTooManyConnections, "sorry, too many clients already"));
  return false;
}

// int32 the newest version we speak, int32 count and the names of the options that we do not know.
void Connection::negotiate_version(const StartupPacket& packet) {
  if (packet.minor == 0 && packet.protocol_options.empty()) return;
  MessageWriter message(out_, 'v');
  message.int32(3 << 16).int32(int64_t(packet.protocol_options.size()));
  for (auto& option : packet.protocol_options) message.text(option);
  message.end();
}

Connection::Awaitable<bool> Connection::authenticate(const StartupPacket& packet) {
  if (shared_.engine.any_roles()) co_return co_await scram(packet, shared_.engine.role(packet.user));
  if (local_) co_return true;
  fatal(Error(sqlstate::kInvalidAuthorization, "connections from other machines need a role with a password")
            .with_hint("Connect from this machine and CREATE ROLE one, or start the server with ELEGRAPH_PASSWORD."));
  co_return false;
}

Connection::Awaitable<bool> Connection::scram(const StartupPacket& packet, const query::Engine::RoleSecret& role) {
  ScramVerifier verifier;
  bool genuine = role.exists && ScramVerifier::read(role.verifier, verifier);
  if (!genuine) verifier = mock_verifier(packet.user, shared_.mock_secret);
  std::string binding = tls_ ? shared_.certificate_hash : std::string();
  MessageWriter offer(out_, 'R');
  offer.int32(kSasl);
  if (!binding.empty()) offer.text("SCRAM-SHA-256-PLUS");
  offer.text("SCRAM-SHA-256").byte('\0').end();
  ScramServer server(std::move(verifier), genuine, random_nonce(), std::move(binding));

  auto initial = co_await sasl_response();
  if (!initial) co_return false;
  MessageReader in(*initial);
  std::string_view mechanism = in.text();
  int32_t length = in.int32();
  std::string_view client_first = in.bytes(length < 0 ? 0 : size_t(length));
  std::string server_first = server.first(mechanism, client_first);
  MessageWriter(out_, 'R').int32(kSaslContinue).bytes(server_first).end();

  auto final = co_await sasl_response();
  if (!final) co_return false;
  std::string server_final;
  if (!server.finish(*final, server_final)) {
    fatal(Error(sqlstate::kInvalidPassword, fmt::format("password authentication failed for user \"{}\"", packet.user)));
    co_return false;
  }
  MessageWriter(out_, 'R').int32(kSaslFinal).bytes(server_final).end();
  co_return true;
}

// Writes what is asked and waits for the answer. A copy: the answer is looked at after further reads.
Connection::Awaitable<std::optional<std::string>> Connection::sasl_response() {
  if (!co_await write_all()) co_return std::nullopt;
  for (;;) {
    if (auto type = input_.next_type(); type && *type != 'p')
      throw Error(sqlstate::kProtocolViolation,
                  fmt::format("expected SASL response, got message type {}", int(uint8_t(*type))));
    if (auto message = input_.next()) co_return std::string(message->body);
    if (!co_await fill()) co_return std::nullopt;
  }
}

std::unique_ptr<query::Session> Connection::connect_session(const StartupPacket& packet) {
  if (packet.replication) throw Error(sqlstate::kFeatureNotSupported, "replication connections are not supported");
  if (packet.database != packet.user) return shared_.engine.connect(packet.database, packet.user);
  // psql's habit: without a database's name it asks for one named as the user.
  try {
    return shared_.engine.connect(packet.database, packet.user);
  } catch (const Error& error) {
    if (error.sqlstate != sqlstate::kInvalidDatabase) throw;
  }
  return shared_.engine.connect(shared_.options.default_database, packet.user);
}

void Connection::open_session(const StartupPacket& packet) {
  session_ = connect_session(packet);
  session_memory_ = session_->memory();
  for (auto& [name, value] : packet.settings) session_->startup_setting(name, value);
  cancel_key_ = shared_.cancels.add(*session_);
  session_->set_process(int32_t(cancel_key_.process));
  watch_notifications();
  backend_.emplace(*session_, out_, thread_->counters, static_cast<Waker&>(*this));
  MessageWriter(out_, 'R').int32(kAuthenticationOk).end();
  backend_->greet();
  MessageWriter(out_, 'K').int32(cancel_key_.process).int32(cancel_key_.secret).end();
  backend_->greet_ready();
}

}  // namespace elegraph::pgwire
