// Writes down everything that this process receives, for the check that no raw identifier is among
// it: the bytes that TLS decrypts, and each request with its metadata as gRPC understood it. Only
// in vervet-hub-tap, which is never installed; the file is named by VERVET_TAP_FILE.
#ifndef VERVET_HUB_SERVER_TAP_H_
#define VERVET_HUB_SERVER_TAP_H_

namespace grpc {
class ServerBuilder;
}

namespace vervet::hub {

// Opens the file; false, with a line on standard error, where that fails.
bool OpenTap();

// Requests and their metadata, beside the raw bytes: HTTP/2 frames may cut a message in two, and
// headers are compressed.
void TapRequests(grpc::ServerBuilder& builder);

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_TAP_H_
