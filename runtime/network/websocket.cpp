#include "runtime/network/websocket.hpp"

#include <cstring>

#include <openssl/evp.h>

namespace observer::websocket {

namespace {

constexpr uint8_t last_fragment = 0x80, masked = 0x80;

void append_big_endian(std::string& out, uint64_t x, int bytes) {
  for (auto shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(x >> shift & 0xff));
}

void append_header(std::string& out, opcode op, uint64_t size, uint8_t mask) {
  out.push_back(static_cast<char>(last_fragment | static_cast<uint8_t>(op)));
  if (size < 126) {
    out.push_back(static_cast<char>(mask | size));
  } else if (size < 65'536) {
    out.push_back(static_cast<char>(mask | 126));
    append_big_endian(out, size, 2);
  } else {
    out.push_back(static_cast<char>(mask | 127));
    append_big_endian(out, size, 8);
  }
}

std::string base64(const unsigned char* bytes, size_t size) {
  unsigned char text[64];
  auto n = EVP_EncodeBlock(text, bytes, static_cast<int>(size));
  return {reinterpret_cast<char*>(text), static_cast<size_t>(n)};
}

} // namespace

void append_frame(std::string& out, opcode op, std::string_view payload) {
  append_header(out, op, payload.size(), 0);
  out += payload;
}

void append_masked_frame(std::string& out, opcode op, std::string_view payload,
                         uint32_t mask) {
  append_header(out, op, payload.size(), masked);
  auto at = out.size();
  append_big_endian(out, mask, 4);
  for (size_t i = 0; i < payload.size(); ++i)
    out.push_back(static_cast<char>(payload[i] ^ out[at + i % 4]));
}

std::string close_payload(close_code code) {
  std::string out;
  append_big_endian(out, static_cast<uint16_t>(code), 2);
  return out;
}

std::string make_key(uint64_t random_high, uint64_t random_low) {
  unsigned char nonce[16];
  std::memcpy(nonce, &random_high, 8);
  std::memcpy(nonce + 8, &random_low, 8);
  return base64(nonce, sizeof nonce);
}

std::string accept_key(std::string_view key) {
  auto text = std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  return base64(digest, size);
}

} // namespace observer::websocket
