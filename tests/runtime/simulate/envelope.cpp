#define CAF_SUITE runtime_simulate_envelope
#include "test.hpp"

#include "runtime/simulate/envelope.hpp"

namespace CAF_SUITE {

using namespace observer::simulate;

CAF_TEST(words of the ledger are filled up to 80 bytes of CP949) {
  // The broker's own: 63 characters of which 35 are blanks at the end.
  std::string words = "조회가 계속됩니다..다음버튼을 Click 하십시오.";
  CAF_CHECK_EQUAL(ledger_words(words), words + std::string(35, ' '));
  CAF_CHECK_EQUAL(ledger_words("abc").size(), 80u);
  std::string longer(90, 'x');
  CAF_CHECK_EQUAL(ledger_words(longer), longer);
}

CAF_TEST(the names of a reply are lower case for the three of the broker alone) {
  auto reply = done({});
  add_tr_headers(reply, "FHKST01010100", "0123");
  auto wire = to_wire(reply, true);
  for (auto name : {"\r\ntr_id: FHKST01010100\r\n", "\r\ngt_uid: 0123\r\n",
                    "\r\ntr_cont: ", "\r\nContent-Type: ",
                    "\r\nContent-Length: "})
    CAF_CHECK(wire.find(name) != std::string::npos);
}

CAF_TEST(words that are not UTF-8 do no harm) {
  auto reply = refused(404, "1", "EGW00202", "\xb0\xb0");
  CAF_CHECK(reply.body.find("EGW00202") != std::string::npos);
}

} // namespace CAF_SUITE
