#define CAF_SUITE messages_kis_tr
#include "test.hpp"

#include "messages/kis/tr.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::kis;

CAF_TEST(every id reads back from its name) {
  CAF_CHECK_EQUAL(std::size(all_trs), 6u);
  for (auto id : all_trs)
    CAF_CHECK(parse_tr(to_string(id)) == id);
}

CAF_TEST(an id is known by its exact name only) {
  for (auto text : {"", "H0STCNT", "H0STCNT00", "h0stcnt0", " H0STCNT0",
                    "H0STMKO0", "H0STCNI0", "PINGPONG", "(null)", "?"})
    CAF_CHECK(!parse_tr(text));
}

CAF_TEST(trades and quotes differ in the least width they had) {
  for (auto id : all_trs) {
    auto named_trade = to_string(id).substr(4) == "CNT0";
    CAF_CHECK_EQUAL(is_trade(id), named_trade);
    CAF_CHECK_EQUAL(width_min(id), named_trade ? 46u : 59u);
  }
}

CAF_TEST(symbols are text with zeros and letters (F38)) {
  for (auto good : {"005930", "000020", "0074K0", "Q500001", "KR7005930"})
    CAF_CHECK(is_symbol(good));
  for (auto bad : {"", "5930", "00593", "KR70059300", "005930 ", "00593a",
                   "00-930", "00593\"", "삼성전자"})
    CAF_CHECK(!is_symbol(bad));
}

} // namespace CAF_SUITE
