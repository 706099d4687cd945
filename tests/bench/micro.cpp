// The parts of a tick's path by themselves: parse, line, hand-over.

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <caf/all.hpp>

#include "frames.hpp"
#include "messages/batches.hpp"
#include "messages/interfaces.hpp"
#include "messages/jsonl.hpp"
#include "messages/kis/frame.hpp"
#include "messages/kis/record.hpp"
#include "support/spawn_bare.hpp"

namespace {

using namespace observer;

std::vector<std::string> frames(uint32_t per_frame) {
  bench::frame_maker maker{per_frame};
  std::vector<std::string> out(slots_per_session * 4);
  for (auto& text : out)
    maker.append(text, per_frame);
  return out;
}

void parse(benchmark::State& state) {
  auto per_frame = static_cast<uint32_t>(state.range(0));
  auto texts = frames(per_frame);
  size_t next = 0;
  for (auto _ : state) {
    auto split = kis::split_frame(texts[next++ % texts.size()]);
    kis::record_cursor cursor{split.value};
    std::string_view record;
    kis::trade trade;
    while (cursor.next(record)) {
      auto bad = kis::parse_trade(record, split.value.width, trade);
      benchmark::DoNotOptimize(bad);
      benchmark::DoNotOptimize(trade);
    }
  }
  state.SetItemsProcessed(state.iterations() * per_frame);
}
BENCHMARK(parse)->Arg(1)->Arg(4)->Arg(20);

void format(benchmark::State& state) {
  auto text = frames(1).front();
  auto split = kis::split_frame(text);
  kis::trade trade;
  kis::parse_trade(split.value.payload, split.value.width, trade);
  std::string out;
  line_place place{1'789'365'600'000'000, "20260914T085959-7f3a2c-s1", 3, 0};
  for (auto _ : state) {
    out.clear();
    ++place.seq;
    ++place.received_us;
    append_trade_line(out, trade, split.value.id, &place);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations()
                          * static_cast<int64_t>(out.size()));
}
BENCHMARK(format);

/// How many batches an actor has had, to wait for.
class tally {
public:
  void add() {
    std::lock_guard lock{mutex_};
    ++count_;
    changed_.notify_one();
  }
  void await(uint64_t count) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return count_ >= count; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t count_ = 0;
};

struct system_config : caf::actor_system_config {
  system_config() {
    add_message_types<caf::id_block::observer>();
  }
};

/// From one thread to an actor: `range(0)` batches at once, then the word that
/// they arrived.
void hand_over(benchmark::State& state) {
  system_config config;
  caf::actor_system system{config};
  tally had;
  auto receiver = test::spawn_bare(
    system, [&had](caf::event_based_actor*) -> caf::behavior {
      return {[&had](const frame_batch_ptr&) { had.add(); }};
    });
  auto batch = std::make_shared<frame_batch>();
  uint64_t sent = 0;
  for (auto _ : state) {
    for (int64_t i = 0; i < state.range(0); ++i)
      caf::anon_send(receiver, frame_batch_ptr{batch});
    sent += static_cast<uint64_t>(state.range(0));
    had.await(sent);
  }
  caf::anon_send_exit(receiver, caf::exit_reason::user_shutdown);
  state.SetItemsProcessed(static_cast<int64_t>(sent));
}
BENCHMARK(hand_over)->Arg(1)->Arg(64)->UseRealTime();

} // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
