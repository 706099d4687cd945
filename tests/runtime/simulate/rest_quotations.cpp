#define CAF_SUITE runtime_simulate_rest_quotations
#include "test.hpp"

#include <fmt/format.h>

#include "support/rest_desk.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::simulate;

namespace {

struct fixture : rest_desk {
  fixture() {
    log_in();
  }

  /// A page of chk-holiday; `key` of the page before.
  nlohmann::json page(const char* date, const std::string& key = "") {
    now_us += us_per_second;
    auto x = quotation("chk-holiday", "CTCA0903R");
    x.query = {{"BASS_DT", date},
               {"CTX_AREA_FK", key.empty() ? "" : date},
               {"CTX_AREA_NK", key}};
    if (!key.empty())
      x.headers["tr_cont"] = "N";
    return ask(x);
  }
};

/// Bytes of a text that CP949 writes in one, for ASCII, or two.
size_t cp949_bytes(const std::string& text) {
  size_t n = 0;
  for (auto c : text)
    n += (c & 0x80) == 0 ? 1 : (c & 0xc0) == 0xc0 ? 2 : 0;
  return n;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(rest_quotations_tests, fixture)

CAF_TEST(names of parameters count in any case) {
  auto x = quotation("inquire-price", "FHKST01010100");
  x.query = {{"fid_cond_mrkt_div_code", "J"}, {"Fid_Input_Iscd", "005930"}};
  CAF_CHECK_EQUAL(field(ask(x), "rt_cd"), "0");
}

CAF_TEST(a value that cannot be is told with the name of its field) {
  auto x = quotation("inquire-price", "FHKST01010100", "no code");
  CAF_CHECK_EQUAL(field(ask(x), "msg1"), "ERROR INVALID FID_INPUT_ISCD");
  x.query["FID_COND_MRKT_DIV_CODE"] = "X";
  auto no = ask(x);
  CAF_CHECK_EQUAL(no["msg1"], "ERROR INVALID FID_COND_MRKT_DIV_CODE");
  CAF_CHECK_EQUAL(no["msg_cd"], "OPSQ2001");
  CAF_CHECK_EQUAL(no["rt_cd"], "2");
  CAF_CHECK_EQUAL(status, 200);
}

CAF_TEST(words of market data are not filled up) {
  // Clients compare them whole.
  CAF_CHECK_EQUAL(field(price("005930"), "msg1"), "정상처리 되었습니다.");
}

CAF_TEST(every value of a price is a string) {
  auto x = field(price("005930"), "output");
  CAF_CHECK_EQUAL(x.size(), 82u);
  for (auto& value : x)
    CAF_CHECK(value.is_string());
  auto figures = issues.find(venue::krx, "005930")->figures();
  CAF_CHECK_EQUAL(x["stck_prpr"], std::to_string(figures.price));
  CAF_CHECK_EQUAL(x["acml_vol"], std::to_string(figures.volume));
  CAF_CHECK_EQUAL(x["stck_sdpr"], std::to_string(figures.base));
  CAF_CHECK_EQUAL(x["temp_stop_yn"], "N");
  CAF_CHECK(!x.contains("hts_kor_isnm"));
  // An issue that only REST asks for moves all the same.
  CAF_CHECK_NOT_EQUAL(field(field(price("005930"), "output"), "acml_vol"),
                      x["acml_vol"]);
  // One that does not trade here has no price, and is no error.
  CAF_CHECK_EQUAL(field(field(price("999999"), "output"), "stck_prpr"), "0");
}

CAF_TEST(many prices come in one call) {
  auto x = quotation("intstock-multprice", "FHKST11300006");
  for (auto n : {"1", "2"}) {
    x.query[std::string{"FID_COND_MRKT_DIV_CODE_"} + n] = "J";
    x.query[std::string{"FID_INPUT_ISCD_"} + n] =
      *n == '1' ? "005930" : "0074K0";
  }
  auto rows = field(ask(x), "output");
  CAF_REQUIRE_EQUAL(rows.size(), 2u);
  CAF_CHECK_EQUAL(rows[1]["inter_shrn_iscd"], "0074K0");
  for (auto& value : rows[0])
    CAF_CHECK(value.is_string());
}

CAF_TEST(rows of many prices come in the order of the request) {
  auto x = quotation("intstock-multprice", "FHKST11300006");
  auto put = [&](int n, const char* market, const char* code) {
    x.query[fmt::format("FID_COND_MRKT_DIV_CODE_{}", n)] = market;
    x.query[fmt::format("FID_INPUT_ISCD_{}", n)] = code;
  };
  // 0 is looked at by nobody, as at the broker; a gap is no end.
  put(0, "J", "035720");
  put(2, "NX", "005930");
  put(3, "J", "005930");
  put(11, "J", "247540");
  put(30, "J", "999999");
  put(31, "J", "000660");
  auto rows = field(ask(x), "output");
  CAF_REQUIRE_EQUAL(rows.size(), 4u);
  CAF_CHECK_EQUAL(rows[0]["inter_shrn_iscd"], "005930");
  CAF_CHECK_NOT_EQUAL(rows[0]["acml_vol"], rows[1]["acml_vol"]);
  CAF_CHECK_EQUAL(rows[1]["inter_kor_isnm"], "삼성전자");
  CAF_CHECK_EQUAL(rows[1]["kospi_kosdaq_cls_name"], "KOSPI");
  CAF_CHECK_EQUAL(rows[2]["kospi_kosdaq_cls_name"], "KOSDAQ");
  CAF_CHECK_EQUAL(rows[3]["inter_shrn_iscd"], "999999");
  CAF_CHECK_EQUAL(rows[3]["inter2_prpr"], "0");
  CAF_CHECK_EQUAL(rows[3]["inter_kor_isnm"], "");
}

CAF_TEST(a halted issue has a price and no trade) {
  market_config listed;
  listed.halted = {"000660"};
  rest_desk desk{{}, listed};
  desk.log_in();
  auto x = field(desk.price("000660"), "output");
  auto base = std::to_string(desk.issues.find(venue::krx, "000660")->figures().base);
  CAF_CHECK_EQUAL(x["stck_prpr"], base);
  for (auto name : {"stck_oprc", "stck_hgpr", "stck_lwpr", "acml_vol"})
    CAF_CHECK_EQUAL(x[name], "0");
  CAF_CHECK_EQUAL(x["wghn_avrg_stck_prc"], "0.00");
  CAF_CHECK_EQUAL(x["iscd_stat_cls_code"], "58");
  CAF_CHECK_EQUAL(x["temp_stop_yn"], "Y");
}

CAF_TEST(a page of the calendar is as the broker sends it) {
  auto x = page("20260105");
  CAF_CHECK_EQUAL(x["output"].size(), 24u);
  CAF_CHECK_EQUAL(x["output"][0]["bass_dt"], "20260105");
  CAF_CHECK_EQUAL(x["output"][23]["bass_dt"], "20260128");
  CAF_CHECK_EQUAL(x["ctx_area_nk"], "20260128            ");
  CAF_CHECK_EQUAL(x["ctx_area_fk"], "20260105            ");
  CAF_CHECK_EQUAL(x["rt_cd"], "0");
  CAF_CHECK_EQUAL(x["msg_cd"], "KIOK0500");
  auto words = x["msg1"].get<std::string>();
  CAF_CHECK(words.starts_with("조회가 계속됩니다..다음버튼을 Click 하십시오. "));
  CAF_CHECK_EQUAL(cp949_bytes(words), 80u);
  CAF_CHECK_EQUAL(headers["tr_cont"], "F");
}

CAF_TEST(the calendar is turned over by its keys to its end) {
  auto x = page("20260914");
  std::string last = x["output"][23]["bass_dt"];
  size_t days = 24, pages = 1;
  while (headers["tr_cont"] == "F" || headers["tr_cont"] == "M") {
    CAF_REQUIRE(++pages < 100);
    x = page("20260914", x["ctx_area_nk"]);
    CAF_REQUIRE(!x["output"].empty());
    for (auto& row : x["output"]) {
      CAF_CHECK(row["bass_dt"].get<std::string>() > last);
      last = row["bass_dt"];
      ++days;
    }
  }
  // The year after this one is all that is known.
  CAF_CHECK_EQUAL(last, "20271231");
  CAF_CHECK_EQUAL(days, 474u);
  CAF_CHECK_EQUAL(headers["tr_cont"], "E");
  CAF_CHECK_EQUAL(x["msg_cd"], "KIOK0510");
  CAF_CHECK_EQUAL(x["ctx_area_fk"], "20260914            ");
  // A client that does not ask for a next page gets the first one.
  CAF_CHECK_EQUAL(field(page("20271220"), "output").size(), 12u);
  CAF_CHECK_EQUAL(headers["tr_cont"], "D");
}

CAF_TEST(keys of the calendar that are no dates are refused) {
  CAF_CHECK_EQUAL(field(page("20260230"), "msg1"), "ERROR INVALID BASS_DT");
  CAF_CHECK_EQUAL(field(page("20260914", "x"), "msg1"),
                  "ERROR INVALID CTX_AREA_NK");
}

CAF_TEST(the order book has ten levels a side) {
  auto x = ask(quotation("inquire-asking-price-exp-ccn", "FHKST01010200", "005930"));
  auto book = issues.find(venue::krx, "005930")->book();
  CAF_CHECK_EQUAL(x["output1"]["askp1"], std::to_string(book.ask[0]));
  CAF_CHECK_EQUAL(x["output1"]["bidp10"], std::to_string(book.bid[9]));
  CAF_CHECK_EQUAL(x["output1"]["total_bidp_rsqn"],
                  std::to_string(book.total_bid_size));
  CAF_CHECK_EQUAL(x["output1"].size(), 71u);
  CAF_CHECK_EQUAL(x["output2"]["stck_shrn_iscd"], "005930");
}

CAF_TEST(who an issue is) {
  auto ask_for = [&](const char* name, const char* tr_id, const char* code,
                     const char* type) {
    now_us += us_per_second;
    auto x = quotation(name, tr_id);
    x.query = {{"PDNO", code}, {"PRDT_TYPE_CD", type}};
    return ask(x);
  };
  auto x = ask_for("search-info", "CTPF1604R", "005930", "300");
  CAF_CHECK_EQUAL(x["rt_cd"], "0");
  CAF_CHECK_EQUAL(x["output"]["pdno"], "00000A005930");
  CAF_CHECK_EQUAL(x["output"]["prdt_abrv_name"], "삼성전자");
  CAF_CHECK_EQUAL(x["output"]["std_pdno"], "KR7005930003");
  CAF_CHECK_EQUAL(cp949_bytes(x["msg1"]), 80u);
  for (auto [code, type] :
       {std::pair{"999999", "300"}, std::pair{"005930", "512"}}) {
    CAF_CHECK_EQUAL(
      field(ask_for("search-info", "CTPF1604R", code, type), "rt_cd"), "7");
    CAF_CHECK_EQUAL(status, 200);
  }
  x = ask_for("search-stock-info", "CTPF1002R", "247540", "300");
  CAF_CHECK_EQUAL(x["output"]["mket_id_cd"], "KSQ");
  CAF_CHECK_EQUAL(x["output"].size(), 67u);
}

CAF_TEST(an hour that is none is refused) {
  auto x = quotation("inquire-time-itemconclusion", "FHPST01060000", "005930");
  CAF_CHECK_EQUAL(field(ask(x), "msg1"),
                  "ERROR INPUT FIELD NOT FOUND [FID_INPUT_HOUR_1]");
  x.query["FID_INPUT_HOUR_1"] = "15:07";
  CAF_CHECK_EQUAL(field(ask(x), "msg1"), "ERROR INVALID FID_INPUT_HOUR_1");
}

CAF_TEST(a chart of days wants two dates and a period) {
  auto x = quotation("inquire-daily-itemchartprice", "FHKST03010100", "005930");
  x.query["FID_INPUT_DATE_1"] = "20260901";
  x.query["FID_INPUT_DATE_2"] = "20260914";
  CAF_CHECK_EQUAL(field(ask(x), "msg1"),
                  "ERROR INPUT FIELD NOT FOUND [FID_PERIOD_DIV_CODE]");
  x.query["FID_PERIOD_DIV_CODE"] = "D";
  auto good = ask(x);
  CAF_CHECK_EQUAL(good["output2"].size(), 10u);
  CAF_CHECK_EQUAL(good["output1"]["hts_kor_isnm"], "삼성전자");
  CAF_CHECK_EQUAL(good["output1"].size(), 30u);
  CAF_CHECK_EQUAL(good["output1"]["stck_prdy_hgpr"],
                  good["output2"][1]["stck_hgpr"]);
  now_us += us_per_second;
  x.query["FID_INPUT_DATE_1"] = "00000101";
  CAF_CHECK_EQUAL(field(ask(x), "output2").size(), 100u);
  x.query["FID_INPUT_DATE_2"] = "20260931";
  CAF_CHECK_EQUAL(field(ask(x), "msg1"), "ERROR INVALID FID_INPUT_DATE_2");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
