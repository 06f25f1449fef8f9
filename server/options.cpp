// SPDX-License-Identifier: Apache-2.0
#include "server/options.h"

#include <toml++/toml.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "server/version.h"

namespace elegraph::server {
namespace {

std::string text_of(const toml::node& value) {
  if (auto text = value.value<std::string>()) return *text;
  std::ostringstream out;
  value.visit([&](const auto& v) { out << v; });
  return out.str();
}

// Gives the options of `command` that the command line does not name what the file says. Throws CLI::ParseError.
void read_file(CLI::App& command, const std::string& path) try {
  for (const auto& [key, value] : toml::parse_file(path)) {
    const std::string name(key.str());
    CLI::Option* option = command.get_option_no_throw("--" + name);
    if (!option || name == "config" || name == "help") throw CLI::ConfigError(path + ": there is no option " + name);
    if (option->count() > 0) continue;
    if (const toml::array* several = value.as_array()) {
      for (const toml::node& each : *several) option->add_result(text_of(each));
    } else {
      option->add_result(text_of(value));
    }
    option->run_callback();
  }
} catch (const toml::parse_error& e) {
  std::ostringstream where;
  where << path << ": " << e.description();
  if (e.source().begin) where << " at " << e.source().begin;
  throw CLI::ConfigError(where.str());
}

}  // namespace

bool read_options(int argc, char** argv, Options& o, int& exit_code) {
  CLI::App app{"Elegraph: a property graph database that speaks the PostgreSQL protocol"};
  app.set_version_flag("--version", std::string("elegraph ") + std::string(kVersion));
  app.require_subcommand(1);

  auto* serve = app.add_subcommand("serve", "Serve a data directory");
  std::string file;
  serve->add_option("--config", file, "TOML file with options under the same names");
  serve->add_option("--data,-D", o.data, "Data directory; made if it is not there")->capture_default_str();
  serve->add_option("--port,-p", o.port, "TCP port")->capture_default_str();
  serve->add_option("--listen", o.listen, "IP addresses to listen on, and directories for a Unix-domain socket")
      ->capture_default_str()
      ->delimiter(',');
  serve->add_option("--max-connections", o.max_connections, "More are refused")->capture_default_str();
  serve
      ->add_option("--workers", o.workers, "Threads for long statements; 0: one per core, or as many as a CPU quota allows")
      ->capture_default_str();
  serve->add_option("--io-threads", o.io_threads, "Threads for connections and short statements; 0: as many")
      ->capture_default_str();
  serve->add_flag("--split-all", o.split_all, "For tests: run every statement on the workers, split over all of them")
      ->group("");
  serve
      ->add_option("--imagined-sizes", o.imagined_sizes,
                   "For tests: a seed of sizes to plan for, whatever the graph's are; 0: its own")
      ->group("");
  serve->add_option("--statement-memory", o.statement_memory_mb, "MiB that one statement may use")->capture_default_str();
  serve->add_flag("--tls", o.tls, "Offer TLS, with a self-signed certificate where none is given");
  serve->add_option("--tls-certificate", o.tls_certificate, "PEM file; implies --tls");
  serve->add_option("--tls-key", o.tls_key, "PEM file");
  serve->add_option("--user", o.user, "Name of the first role, made where there is none and a password is given")
      ->envname("ELEGRAPH_USER")
      ->capture_default_str();
  serve
      ->add_option("--password-file", o.password_file,
                   "File with its password, which may stand in ELEGRAPH_PASSWORD as well")
      ->envname("ELEGRAPH_PASSWORD_FILE");
  serve->add_option("--metrics-port", o.metrics_port, "Serve Prometheus metrics on this loopback port; 0: do not")
      ->capture_default_str();
  serve->add_option("--log-level", o.log_level, "debug, info, warning or error")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));

  auto* check = app.add_subcommand("check", "Verify a stopped data directory");
  check->add_option("data", o.data, "Data directory")->required();

  try {
    app.parse(argc, argv);
    if (!file.empty()) read_file(*serve, file);
  } catch (const CLI::ParseError& e) {
    exit_code = app.exit(e) == 0 ? 0 : 2;
    return false;
  }
  o.command = check->parsed() ? Options::Command::kCheck : Options::Command::kServe;
  if (!o.tls_certificate.empty()) o.tls = true;
  return true;
}

}  // namespace elegraph::server
