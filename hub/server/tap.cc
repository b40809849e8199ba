#include "hub/server/tap.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <google/protobuf/message_lite.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/server_interceptor.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace vervet::hub {
namespace {

std::atomic<int> tap_fd{-1};

// One write a piece: O_APPEND keeps the pieces of different threads whole.
void Write(const void* data, size_t size_bytes) {
  const int fd = tap_fd.load();
  if (fd < 0 || size_bytes == 0) return;
  if (write(fd, data, size_bytes) != static_cast<ssize_t>(size_bytes)) {
    // A tap that misses bytes proves nothing.
    std::fputs("vervet-hub-tap: cannot write the tap file; stopping\n", stderr);
    std::_Exit(1);
  }
}

class RequestTap final : public grpc::experimental::Interceptor {
 public:
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using Hook = grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_INITIAL_METADATA)) {
      for (const auto& [key, value] : *methods->GetRecvInitialMetadata()) {
        const std::string line =
            absl::StrCat("\nmetadata ", absl::string_view(key.data(), key.size()), "=",
                         absl::string_view(value.data(), value.size()), "\n");
        Write(line.data(), line.size());
      }
    }
    if (methods->QueryInterceptionHookPoint(Hook::POST_RECV_MESSAGE)) {
      // All services here speak protobuf; the health service of gRPC speaks raw buffers and is
      // served elsewhere.
      const auto* message =
          static_cast<const google::protobuf::MessageLite*>(methods->GetRecvMessage());
      if (message != nullptr) {
        const std::string bytes = absl::StrCat("\nrequest ", message->SerializeAsString(), "\n");
        Write(bytes.data(), bytes.size());
      }
    }
    methods->Proceed();
  }
};

class RequestTapFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    const std::string method = info->method() == nullptr ? "" : info->method();
    return method.rfind("/vervet.", 0) == 0 ? new RequestTap : nullptr;
  }
};

}  // namespace

bool OpenTap() {
  const char* path = std::getenv("VERVET_TAP_FILE");
  if (path == nullptr) {
    std::fputs("vervet-hub-tap: VERVET_TAP_FILE is not set; name the file to write to\n", stderr);
    return false;
  }
  tap_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (tap_fd < 0) std::perror("vervet-hub-tap: VERVET_TAP_FILE");
  return tap_fd >= 0;
}

void TapRequests(grpc::ServerBuilder& builder) {
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators;
  creators.push_back(std::make_unique<RequestTapFactory>());
  builder.experimental().SetInterceptorCreators(std::move(creators));
}

}  // namespace vervet::hub

// The program's own SSL_read comes before libssl's for every library in the process.
extern "C" __attribute__((visibility("default"))) int SSL_read(SSL* ssl, void* buffer, int size) {
  using Read = int (*)(SSL*, void*, int);
  static const auto next = reinterpret_cast<Read>(dlsym(RTLD_NEXT, "SSL_read"));
  const int got = next(ssl, buffer, size);
  if (got > 0) vervet::hub::Write(buffer, static_cast<size_t>(got));
  return got;
}
