#include "runtime/network/feed_socket.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <random>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "messages/exceptions.hpp"
#include "messages/interfaces.hpp"
#include "messages/outside_text.hpp"
#include "runtime/network/websocket_opening.hpp"
#include "runtime/network/websocket_reader.hpp"

namespace observer {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using std::chrono::steady_clock;
using websocket::opcode;

namespace {

/// A batch of so many bytes is handed on without waiting for more.
constexpr size_t batch_bytes = 128 * 1024;
/// Reading pauses when so much waits for a receiver that is busy: what the
/// reader has room for without growing.
constexpr size_t gathered_bytes_max
  = websocket_reader::piece_bytes - websocket_reader::room_min;
/// Registrations and echoes of PINGPONG are small: so much waits only for a
/// peer that reads nothing.
constexpr size_t outgoing_bytes_max = 1 << 20;
constexpr std::chrono::milliseconds close_wait{1'000};
constexpr unsigned probe_wait_ms = 10'000;

template <class Stream>
class session : public feed_socket,
                public websocket_opening::user,
                public std::enable_shared_from_this<session<Stream>> {
 public:
  template <class... Args>
  session(net::io_context& io, name_lookup& names, url address,
          uint32_t attempt, caf::weak_actor_ptr receiver, const network_config& config,
          std::shared_ptr<wall_clock> clock, Args&... tls)
    : io_(io),
      names_(names),
      address_(std::move(address)),
      attempt_(attempt),
      receiver_(std::move(receiver)),
      config_(config),
      clock_(std::move(clock)),
      deadline_(io),
      collect_(io),
      stream_(io, tls...),
      reader_(config.message_bytes_max) {}

  void start() override {
    guarded([&] {
      opening_ = open_websocket(io_, names_, stream_, address_,
                                config_.connect_timeout,
                                this->shared_from_this());
    });
  }

  void send(std::string text) override {
    guarded([&] {
      if (open_ && !closing_ && !done_)
        queue(opcode::text, text);
    });
  }

  void close() override {
    guarded([&] { begin_close(); });
  }

  void probe() override {
    guarded([&] {
      if (!open_ || closing_ || done_)
        return;
      set_user_timeout(probe_wait_ms);
      probing_ = true;
      queue(opcode::ping, {});
    });
  }

  void abandon() override {
    receiver_ = nullptr;
    shut();
  }

  void broke_off(const std::exception_ptr& thrown) noexcept override {
    if (told_)
      return;
    // What has come is whole; it is handed on if that can be done.
    if (!done_)
      tries([&] { hand_on(true); });
    shut();
    auto words = words_of_exception(thrown);
    insists([&] {
      tell_end(socket_end::broken, fmt::format("given up: {}", words));
    });
  }

  void consumed(uint64_t batch_number) override {
    consumed_.store(batch_number);
    if (!awaited_.exchange(false))
      return;
    try {
      net::post(stream_.get_executor(), [self = this->shared_from_this()] {
        self->guarded([&] {
          self->hand_on();
          self->read_next();
        });
      });
    } catch (...) {
      awaited_.store(true);
      throw;
    }
  }

 private:
  /// Does a part of the work; what it throws ends the session.
  template <class Work>
  void guarded(Work work) noexcept {
    try {
      if (this->abandoned)
        abandon();
      else
        work();
    } catch (...) {
      broke_off(std::current_exception());
    }
  }
  /// A handler of the io_context's.
  template <class Handler>
  auto guard(Handler handler) {
    return [self = this->shared_from_this(),
            handler = std::move(handler)](error_code ec, auto... more) mutable {
      self->guarded([&] { handler(*self, ec, more...); });
    };
  }

  void begin_close() {
    if (closing_ || done_)
      return;
    closing_ = true;
    if (!open_)
      return fail(socket_end::closed_by_us, "closed before it was open");
    end_later("closed");
    queue(opcode::close, close_payload(websocket::close_code::normal));
    // Behind what the peer has sent so far comes its answer.
    paused_ = false;
    read_next();
  }

  tcp::socket& socket() {
    if constexpr (std::is_same_v<Stream, tls_stream>)
      return stream_.next_layer();
    else
      return stream_;
  }

  /// How long the other side's machine may leave unacknowledged what was sent;
  /// 0: as long as the system's settings say.
  void set_user_timeout(unsigned ms) {
    ::setsockopt(socket().native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &ms,
                 sizeof ms);
  }

  int64_t stamp() {
    this->last_byte_us.store(clock_->steady_us(), std::memory_order_relaxed);
    return clock_->now_us();
  }

  // -- opening ----------------------------------------------------------------

  void connected() override {
    error_code ignored;
    socket().set_option(tcp::no_delay{true}, ignored);
    // For the few calls that do not go through the reactor.
    socket().non_blocking(true, ignored);
    stamp();
  }

  void opened(net::const_buffer behind) override {
    open_ = true;
    tell(socket_opened{attempt_});
    while (behind.size() > 0 && !done_ && !ending_ && !reader_.closed()) {
      auto room = reader_.room();
      auto n = net::buffer_copy(net::buffer(room.data, room.size), behind);
      behind += n;
      received(n);
    }
    opening_.reset(); // or its memory would stay
    read_next();
  }

  void failed(socket_end how, const std::string& why) override {
    fail(how, why);
  }

  // -- reading ----------------------------------------------------------------

  void read_next() {
    if (done_ || ending_ || reading_ || paused_ || reader_.closed())
      return;
    reading_ = true;
    auto room = reader_.room();
    stream_.async_read_some(net::buffer(room.data, room.size),
                            guard([](session& x, error_code ec, size_t n) {
                              x.reading_ = false;
                              if (x.done_)
                                return;
                              if (n > 0)
                                x.received(n);
                              if (x.ending_)
                                return x.drain_and_end();
                              if (ec)
                                return x.read_failed(ec);
                              x.read_next();
                            }));
  }

  /// `size` bytes are in the reader's room.
  void received(size_t size) {
    if (std::exchange(probing_, false))
      set_user_timeout(0);
    reader_.received(size, stamp());
    if (ending_)
      return;
    for (auto& payload : reader_.pings())
      queue(opcode::pong, payload);
    if (reader_.broken())
      return violated();
    if (reader_.closed())
      return closed_by_peer();
    if (reader_.messages() == 0)
      return;
    // What comes soon after a batch waits for company; what comes alone does
    // not, and needs no timer.
    auto due = handed_on_at_ + config_.collect;
    if (reader_.bytes() >= batch_bytes || steady_clock::now() >= due)
      hand_on();
    else
      collect_until(due);
    // Goes on when the batch is handed on.
    paused_ = !closing_ && reader_.bytes() >= gathered_bytes_max;
  }

  void collect_until(steady_clock::time_point due) {
    if (collecting_)
      return;
    collecting_ = true;
    collect_.expires_at(due);
    collect_.async_wait(guard([](session& x, error_code ec) {
      x.collecting_ = false;
      if (ec)
        return;
      x.hand_on();
      x.read_next();
    }));
  }

  /// Hands the batch on, unless the receiver still has the last one: then
  /// gathering goes on.
  void hand_on(bool last = false) {
    if (done_ || (!last && busy()))
      return;
    if (!batch_) {
      if (reader_.messages() == 0)
        return;
      auto batch = std::make_shared<frame_batch>();
      batch->attempt = attempt_;
      batch->number = batches_ + 1;
      reader_.take(*batch);
      batch_ = std::move(batch);
      ++batches_;
    }
    tell(frame_batch_ptr{batch_});
    batch_ = nullptr;
    paused_ = false;
    handed_on_at_ = steady_clock::now();
  }

  /// The receiver still has a batch; its word brings the next one.
  bool busy() {
    if (consumed_.load() >= batches_)
      return false;
    awaited_.store(true);
    // It may have come in between, and found nobody waiting.
    return consumed_.load() < batches_;
  }

  // -- writing ----------------------------------------------------------------

  void queue(opcode op, std::string_view payload) {
    if (close_sent_ || done_ || ending_)
      return;
    close_sent_ = op == opcode::close;
    auto& out = outgoing_.emplace_back();
    append_masked_frame(out, op, payload, random_());
    outgoing_bytes_ += out.size();
    if (outgoing_bytes_ > outgoing_bytes_max)
      return fail(socket_end::broken,
                  fmt::format("the other side does not read: more than {} "
                              "bytes wait to be sent",
                              outgoing_bytes_max));
    if (outgoing_.size() == 1)
      write_next();
  }

  void write_next() {
    net::async_write(stream_, net::buffer(outgoing_.front()),
                     guard([](session& x, error_code ec, size_t) {
                       if (x.done_ || x.ending_)
                         return;
                       if (ec)
                         return x.fail(socket_end::broken,
                                       fmt::format("cannot send: {}",
                                                   ec.message()));
                       x.written();
                     }));
  }

  void written() {
    outgoing_bytes_ -= outgoing_.front().size();
    outgoing_.pop_front();
    if (!outgoing_.empty())
      write_next();
    else if (reader_.closed())
      end_closed();
  }

  // -- ending -----------------------------------------------------------------

  /// Nothing more can be read.
  void read_failed(const error_code& ec) {
    end(closing_ ? socket_end::closed_by_us : socket_end::broken,
        fmt::format("broke: {}", ec.message()));
  }

  /// Ends with these words if nothing else ends it soon.
  void end_later(std::string why) {
    deadline_.expires_after(close_wait);
    deadline_.async_wait(
      guard([why = std::move(why)](session& x, error_code ec) {
        if (!ec)
          x.fail(x.closing_ ? socket_end::closed_by_us : socket_end::broken,
                 why);
      }));
  }

  /// The peer's close frame is answered with its own, unless it is an answer.
  void closed_by_peer() {
    hand_on(true);
    if (close_sent_)
      return end_closed();
    end_later(close_words());
    std::string code;
    if (reader_.closed()->code != 1005)
      code = websocket::close_payload(
        static_cast<websocket::close_code>(reader_.closed()->code));
    queue(opcode::close, code);
  }
  std::string close_words() const {
    return fmt::format("closed by the other side: code {} {}",
                       reader_.closed()->code,
                       outside_text(reader_.closed()->reason));
  }
  void end_closed() {
    fail(closing_ ? socket_end::closed_by_us : socket_end::broken,
         close_words());
  }

  void violated() {
    auto& why = *reader_.broken();
    auto text = why.code == websocket::close_code::too_big
                  ? fmt::format("a message of more than {} bytes "
                                "(feed.message_bytes_max)",
                                config_.message_bytes_max)
                  : fmt::format("broke: {}", why.text);
    // The socket takes so few bytes at once, or is past caring.
    if (outgoing_.empty()) {
      std::string out;
      append_masked_frame(out, opcode::close, close_payload(why.code),
                          random_());
      if constexpr (std::is_same_v<Stream, plain_stream>) {
        error_code ignored;
        stream_.write_some(net::buffer(out), ignored);
      }
    }
    fail(socket_end::broken, text);
  }

  /// Ends for a reason other than the reading's: what the machine has received
  /// until now is read first.
  void fail(socket_end how, const std::string& why) {
    if (done_ || ending_)
      return;
    if (!open_ || !receiver_ || reader_.closed() || reader_.broken())
      return end(how, why);
    ending_ = ending{how, why};
    error_code ignored;
    if (reading_)
      socket().cancel(ignored); // its handler goes on, with what it read
    else
      drain_and_end();
  }
  void drain_and_end() {
    // More than a socket's buffers hold; a peer that sends faster than we read
    // must not keep us.
    constexpr size_t drained_max = 64 << 20;
    for (size_t drained = 0; drained < drained_max;) {
      auto room = reader_.room();
      error_code ec;
      auto n = stream_.read_some(net::buffer(room.data, room.size), ec);
      if (n > 0)
        received(n);
      if (ec || n == 0 || reader_.closed() || reader_.broken())
        break;
      drained += n;
    }
    auto how = *ending_;
    end(how.how, how.why);
  }

  void end(socket_end how, const std::string& why) {
    if (done_)
      return;
    hand_on(true);
    shut();
    tell_end(how, why);
  }

  /// Nothing is read or sent any more.
  void shut() {
    if (std::exchange(done_, true))
      return;
    deadline_.cancel();
    collect_.cancel();
    if (auto opening = opening_.lock())
      opening->cancel();
    error_code ignored;
    socket().close(ignored);
  }
  void tell_end(socket_end how, const std::string& why) {
    tell(socket_closed{attempt_, how,
                       fmt::format("{}://{}{}: {}", address_.scheme,
                                   address_.authority(), address_.target,
                                   why)});
    told_ = true;
  }

  template <class Message>
  void tell(Message&& message) {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(receiver_))
      caf::anon_send(caf::actor_cast<connection_actor>(strong),
                     std::forward<Message>(message));
  }

  net::io_context& io_;
  name_lookup& names_;
  url address_;
  uint32_t attempt_;
  caf::weak_actor_ptr receiver_;
  network_config config_;
  std::shared_ptr<wall_clock> clock_;
  net::steady_timer deadline_, collect_;
  Stream stream_;
  std::weak_ptr<websocket_opening> opening_;
  /// Of masks, which a proxy must not foresee.
  std::random_device random_;
  websocket_reader reader_;
  uint64_t batches_ = 0;
  /// Numbered, and not yet told.
  std::shared_ptr<frame_batch> batch_;
  steady_clock::time_point handed_on_at_;
  std::atomic<uint64_t> consumed_{0};
  /// Somebody wants to hear of it.
  std::atomic<bool> awaited_{false};
  std::deque<std::string> outgoing_;
  size_t outgoing_bytes_ = 0;
  struct ending {
    socket_end how;
    std::string why;
  };
  /// The session ends once the socket is drained.
  std::optional<ending> ending_;
  bool open_ = false, closing_ = false, close_sent_ = false, done_ = false;
  bool reading_ = false, collecting_ = false, paused_ = false, told_ = false;
  bool probing_ = false;
};

} // namespace

std::shared_ptr<feed_socket>
make_feed_socket(net::io_context& io, name_lookup& names,
                 net::ssl::context& tls, const url& address, uint32_t attempt,
                 caf::weak_actor_ptr receiver, const network_config& config,
                 std::shared_ptr<wall_clock> clock) {
  if (address.secure())
    return std::make_shared<session<tls_stream>>(
      io, names, address, attempt, std::move(receiver), config, std::move(clock), tls);
  return std::make_shared<session<plain_stream>>(
    io, names, address, attempt, std::move(receiver), config, std::move(clock));
}

} // namespace observer
