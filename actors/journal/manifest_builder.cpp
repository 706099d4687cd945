#include "actors/journal/manifest_builder.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "actors/journal/journal_line.hpp"

namespace observer {

// -- sha256 -------------------------------------------------------------------

struct sha256::context {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  ~context() {
    EVP_MD_CTX_free(ctx);
  }
};

sha256::sha256() : context_(std::make_unique<context>()) {
  EVP_DigestInit_ex(context_->ctx, EVP_sha256(), nullptr);
}
sha256::~sha256() = default;
sha256::sha256(sha256&&) noexcept = default;
sha256& sha256::operator=(sha256&&) noexcept = default;

void sha256::add(std::string_view bytes) {
  EVP_DigestUpdate(context_->ctx, bytes.data(), bytes.size());
}

sha256 sha256::copy() const {
  sha256 out;
  EVP_MD_CTX_copy_ex(out.context_->ctx, context_->ctx);
  return out;
}

std::string sha256::hex() const {
  auto whole = copy();
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(whole.context_->ctx, digest, &size);
  std::string out;
  for (unsigned int i = 0; i < size; ++i)
    fmt::format_to(std::back_inserter(out), "{:02x}", digest[i]);
  return out;
}

// -- manifest_builder ---------------------------------------------------------

manifest_stream& manifest_builder::stream(const std::string& session_id,
                                          int slot, std::string_view tr_id,
                                          std::string_view symbol) {
  // The newest streams are at the end, and there are few.
  for (auto i = m_.streams.rbegin(); i != m_.streams.rend(); ++i)
    if (i->slot == slot && i->session_id == session_id && i->tr_id == tr_id
        && i->symbol == symbol)
      return *i;
  auto& added = m_.streams.emplace_back();
  added.session_id = session_id;
  added.slot = slot;
  added.tr_id = tr_id;
  added.symbol = symbol;
  return added;
}

void manifest_builder::note_time(int64_t first_us, int64_t last_us) {
  m_.first_received_us = m_.first_received_us
                           ? std::min(*m_.first_received_us, first_us)
                           : first_us;
  m_.last_received_us = m_.last_received_us
                          ? std::max(*m_.last_received_us, last_us)
                          : last_us;
}

void manifest_builder::add(const line_batch& batch, std::string_view text,
                           uint64_t first_seq) {
  auto& s = batch.what ? stream(batch.session->id, batch.slot,
                                to_string(batch.what->id), batch.what->symbol)
                       : stream(batch.session->id, batch.slot, {}, {});
  auto lines = batch.last_seq() - first_seq + 1;
  if (s.records == 0)
    s.first_seq = first_seq;
  s.last_seq = batch.last_seq();
  s.records += lines;
  s.last_received_us = batch.last_received_us;
  if (batch.last_accumulated) {
    s.last_accumulated = batch.last_accumulated;
    s.last_day = batch.last_day;
  }
  for (auto& g : batch.gaps)
    if (g.seq >= first_seq)
      m_.gaps.push_back({batch.session->id, batch.slot, g.seq, g.symbol,
                         std::string{to_string(g.why)}, g.missing_shares});
  // Without its first lines a batch begins later than it says.
  auto begin = first_seq == batch.first_seq ? std::nullopt : line_time(text);
  note_time(begin.value_or(batch.first_received_us), batch.last_received_us);
  m_.lines += lines;
  m_.bytes += text.size();
}

void manifest_builder::add_line(const manifest_stream& line,
                                std::string_view text,
                                const std::optional<manifest_gap>& gap,
                                const std::optional<uint64_t>& moves_by) {
  auto& s = stream(line.session_id, line.slot, line.tr_id, line.symbol);
  if (s.records == 0)
    s.first_seq = line.last_seq;
  s.last_seq = line.last_seq;
  ++s.records;
  s.last_received_us = line.last_received_us;
  if (line.last_accumulated) {
    s.last_accumulated = line.last_accumulated;
    s.last_day = line.last_day;
  } else if (moves_by && s.last_accumulated) {
    *s.last_accumulated += *moves_by;
  }
  if (gap)
    m_.gaps.push_back({line.session_id, line.slot, gap->seq, gap->symbol,
                       std::string{to_string(gap->why)}, gap->missing_shares});
  note_time(line.last_received_us, line.last_received_us);
  ++m_.lines;
  m_.bytes += text.size();
  hash_.add(text);
}

void manifest_builder::add_foreign(std::string_view text) {
  m_.lines += static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
  m_.bytes += text.size();
  hash_.add(text);
}

void manifest_builder::note_damage(uint64_t lines, uint64_t bytes) {
  if (m_.damaged.size() < manifest::damages_max) {
    m_.damaged.push_back({m_.lines + 1, lines, bytes});
    return;
  }
  auto& last = m_.damaged.back();
  last.lines = m_.lines + lines + 1 - last.first_line;
  last.bytes += bytes;
}

manifest manifest_builder::finish(std::string file, std::string_view dataset,
                                  int64_t now_us,
                                  std::string_view because) const {
  auto out = m_;
  out.file = std::move(file);
  out.dataset = dataset;
  out.sha256 = hash_.hex();
  out.sealed_at_us = now_us;
  out.sealed_because = because;
  return out;
}

} // namespace observer
