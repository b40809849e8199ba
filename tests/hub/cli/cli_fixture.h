// The coordinators' command line against services that answer what a test tells them.
#ifndef VERVET_TESTS_HUB_CLI_CLI_FIXTURE_H_
#define VERVET_TESTS_HUB_CLI_CLI_FIXTURE_H_

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "core/base/manual_environment.h"
#include "hub/cli/coordinator_cli.h"
#include "tests/core/cli/testing_streams.h"

namespace vervet::coordinator_cli {

class CliTest : public ::testing::Test {
 protected:
  // Once, from the constructor. The services are members of the test: nothing is served any more
  // when these go.
  void Serve(std::initializer_list<grpc::Service*> services) {
    grpc::ServerBuilder builder;
    for (grpc::Service* service : services) builder.RegisterService(service);
    server_ = builder.BuildAndStart();
  }
  void EndServing() { server_->Shutdown(); }
  void TearDown() override {
    EndServing();
    server_.reset();
  }

  // The exit code; what was printed is in out_ and err_.
  int RunPlain(const std::vector<std::string>& args) {
    cli::TestingStreams test;
    Seams seams;
    seams.environment = &environment_;
    seams.sleep = [this](absl::Duration wait) { waits_.push_back(wait); };
    seams.connect =
        [this](
            const ConnectionSettings& settings) -> absl::StatusOr<std::shared_ptr<grpc::Channel>> {
      settings_ = settings;
      return server_->InProcessChannel(grpc::ChannelArguments());
    };
    const int exit_code = RunCoordinatorCli(args, test.streams, seams);
    out_ = test.out.str();
    err_ = test.err.str();
    return exit_code;
  }
  // With the flags that lead to the hub.
  int Run(std::vector<std::string> args) {
    args.insert(args.begin(),
                {"--hub", "hub.example:7443", "--coalition", "coalition.example", "--certificate",
                 "c.crt", "--private-key", "c.key", "--ca", "ca.crt"});
    return RunPlain(args);
  }

  ManualEnvironment environment_;
  ConnectionSettings settings_;        // of the last connection
  std::vector<absl::Duration> waits_;  // in place of sleeping
  std::string out_, err_;

 private:
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace vervet::coordinator_cli

#endif  // VERVET_TESTS_HUB_CLI_CLI_FIXTURE_H_
