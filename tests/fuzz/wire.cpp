#include "fuzz/wire.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "fuzz/check.hpp"
#include "runtime/network/websocket_reader.hpp"

namespace observer::fuzz {

struct wire::session {
  uint32_t attempt = 0;
  caf::weak_actor_ptr receiver;
  websocket_reader reader{message_bytes_max};
  uint64_t batches = 0, consumed = 0;
  size_t read = 0;
  int64_t last_byte_us = 0;
  bool over = false;

  /// False if nobody is there any more.
  template <class Message>
  bool tell(Message message) {
    auto strong = caf::actor_cast<caf::strong_actor_ptr>(receiver);
    if (strong)
      caf::anon_send(caf::actor_cast<connection_actor>(strong),
                     std::move(message));
    return strong != nullptr;
  }
};

/// The recorder's end.
class wire::socket : public web_socket {
 public:
  socket(std::shared_ptr<wire> of, std::shared_ptr<session> s)
    : wire_(std::move(of)), session_(std::move(s)) {}
  ~socket() override {
    session_->over = true;
  }

  void send(std::string text) override {
    if (!session_->over && wire_->replies)
      wire_->owed_.push_back(std::move(text));
  }
  void close() override {
    wire_->end(*session_, socket_end::closed_by_us, "closed");
  }
  void probe() override {}
  void consumed(uint64_t number) override {
    session_->consumed = number;
    if (!session_->over)
      wire_->hand_on(*session_, false);
  }
  int64_t last_byte_us() const override {
    return session_->last_byte_us;
  }

 private:
  std::shared_ptr<wire> wire_;
  std::shared_ptr<session> session_;
};

wire::wire(std::shared_ptr<wall_clock> clock) : clock_(std::move(clock)) {}

wire::~wire() = default;

std::unique_ptr<web_socket> wire::connect(const socket_target& target,
                                          connection_actor receiver) {
  session_ = std::make_shared<session>();
  auto& s = *session_;
  s.attempt = target.attempt;
  s.receiver = caf::actor_cast<caf::weak_actor_ptr>(receiver);
  s.last_byte_us = clock_->steady_us();
  owed_.clear();
  if (reachable) {
    s.tell(socket_opened{s.attempt});
  } else {
    s.over = true;
    s.tell(socket_closed{s.attempt, socket_end::unreachable, "nobody listens"});
  }
  return std::make_unique<socket>(shared_from_this(), session_);
}

void wire::request(const http_request& request, credentials_actor receiver) {
  http_response out;
  out.ticket = request.ticket;
  out.status = 200;
  out.body = R"({"approval_key":"11112222-3333-4444-5555-666677778888"})";
  caf::anon_send(receiver, out);
}

bool wire::open() const {
  return session_ && !session_->over;
}

void wire::receive(std::string_view bytes, size_t piece) {
  auto s = session_;
  while (!bytes.empty() && s && !s->over) {
    auto room = s->reader.room();
    require(room.size > 0, "there is room");
    auto n = std::min({room.size, piece, bytes.size()});
    std::copy_n(bytes.data(), n, room.data);
    bytes.remove_prefix(n);
    auto before = s->reader.messages();
    s->last_byte_us = clock_->steady_us();
    s->reader.received(n, clock_->now_us());
    texts_read += s->reader.messages() - before;
    s->reader.pings();
    read(*s);
  }
}

void wire::read(session& s) {
  if (auto& bad = s.reader.broken())
    end(s, socket_end::broken, bad->text);
  else if (auto& gone = s.reader.closed())
    end(s, socket_end::broken, gone->reason);
  else
    hand_on(s, false);
}

void wire::hand_on(session& s, bool last) {
  if (s.reader.messages() == 0 || (!last && s.consumed < s.batches))
    return;
  auto batch = std::make_shared<frame_batch>();
  batch->attempt = s.attempt;
  batch->number = ++s.batches;
  s.reader.take(*batch);
  auto texts = batch->frames.size();
  if (s.tell(frame_batch_ptr{std::move(batch)}))
    texts_handed_on += texts;
}

void wire::end(session& s, socket_end how, std::string_view why) {
  if (s.over)
    return;
  hand_on(s, true);
  s.over = true;
  s.tell(socket_closed{s.attempt, how,
                       fmt::format("ws://broker.example:21000: {}", why)});
}

void wire::drop(std::string_view why) {
  if (auto s = session_)
    end(*s, socket_end::broken, why);
}

std::vector<std::string> wire::take_replies() {
  std::vector<std::string> out;
  for (auto& text : std::exchange(owed_, {})) {
    auto asked = nlohmann::json::parse(text, nullptr, false);
    if (!asked.is_object() || !asked.contains("body"))
      continue; // an echo
    auto& header = asked["header"];
    auto& input = asked["body"]["input"];
    auto on = header.value("tr_type", "") == "1";
    out.push_back(
      nlohmann::json{
        {"header",
         {{"tr_id", input.value("tr_id", "")},
          {"tr_key", input.value("tr_key", "")},
          {"encrypt", "N"}}},
        {"body",
         {{"rt_cd", "0"},
          {"msg_cd", on ? "OPSP0000" : "OPSP0001"},
          {"msg1", on ? "SUBSCRIBE SUCCESS" : "UNSUBSCRIBE SUCCESS"}}}}
        .dump());
  }
  return out;
}

} // namespace observer::fuzz
