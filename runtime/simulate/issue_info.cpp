#include "runtime/simulate/issue_info.hpp"

#include <array>

#include <fmt/format.h>

namespace observer::simulate {

namespace {

struct known_issue {
  std::string_view code, korean, english;
  bool kosdaq = false;
};

constexpr std::array known_issues{
  known_issue{"005930", "삼성전자", "SamsungElec"},
  known_issue{"000660", "SK하이닉스", "SK hynix"},
  known_issue{"373220", "LG에너지솔루션", "LG Energy Solution"},
  known_issue{"207940", "삼성바이오로직스", "SamsungBiologics"},
  known_issue{"005380", "현대차", "HyundaiMtr"},
  known_issue{"000270", "기아", "Kia"},
  known_issue{"068270", "셀트리온", "Celltrion"},
  known_issue{"005490", "POSCO홀딩스", "POSCO Holdings"},
  known_issue{"035420", "NAVER", "NAVER"},
  known_issue{"006400", "삼성SDI", "Samsung SDI"},
  known_issue{"051910", "LG화학", "LG Chem"},
  known_issue{"105560", "KB금융", "KB Financial"},
  known_issue{"035720", "카카오", "Kakao"},
  known_issue{"028260", "삼성물산", "Samsung C&T"},
  known_issue{"012330", "현대모비스", "HyundaiMobis"},
  known_issue{"055550", "신한지주", "ShinhanGroup"},
  known_issue{"003670", "포스코퓨처엠", "POSCO FUTURE M"},
  known_issue{"066570", "LG전자", "LG Electronics"},
  known_issue{"086790", "하나금융지주", "HanaFinancialGr"},
  known_issue{"032830", "삼성생명", "SamsungLife"},
  known_issue{"015760", "한국전력", "KEPCO"},
  known_issue{"034020", "두산에너빌리티", "Doosan Enerbility"},
  known_issue{"009150", "삼성전기", "SamsungElecMech"},
  known_issue{"011200", "HMM", "HMM"},
  known_issue{"033780", "KT&G", "KT&G"},
  known_issue{"017670", "SK텔레콤", "SK Telecom"},
  known_issue{"018260", "삼성에스디에스", "Samsung SDS"},
  known_issue{"096770", "SK이노베이션", "SK Innovation"},
  known_issue{"010130", "고려아연", "Korea Zinc"},
  known_issue{"042660", "한화오션", "Hanwha Ocean"},
  known_issue{"012450", "한화에어로스페이스", "Hanwha Aerospace"},
  known_issue{"329180", "HD현대중공업", "HD HHI"},
  known_issue{"247540", "에코프로비엠", "ECOPRO BM", true},
  known_issue{"086520", "에코프로", "ECOPRO", true},
  known_issue{"196170", "알테오젠", "Alteogen", true},
  known_issue{"028300", "HLB", "HLB", true},
  known_issue{"277810", "레인보우로보틱스", "Rainbow Robotics", true},
  known_issue{"064350", "현대로템", "Hyundai Rotem"},
  known_issue{"042700", "한미반도체", "Hanmi Semiconductor"},
  known_issue{"352820", "하이브", "HYBE"}};

/// Fields of CTPF1002R in the order of the broker's own sample.
// clang-format off
constexpr std::array stock_fields{
  "pdno", "prdt_type_cd", "mket_id_cd", "scty_grp_id_cd", "excg_dvsn_cd",
  "setl_mmdd", "lstg_stqt", "lstg_cptl_amt", "cpta", "papr", "issu_pric",
  "kospi200_item_yn", "scts_mket_lstg_dt", "scts_mket_lstg_abol_dt",
  "kosdaq_mket_lstg_dt", "kosdaq_mket_lstg_abol_dt", "frbd_mket_lstg_dt",
  "frbd_mket_lstg_abol_dt", "reits_kind_cd", "etf_dvsn_cd", "oilf_fund_yn",
  "idx_bztp_lcls_cd", "idx_bztp_mcls_cd", "idx_bztp_scls_cd", "stck_kind_cd",
  "mfnd_opng_dt", "mfnd_end_dt", "dpsi_erlm_cncl_dt", "etf_cu_qty",
  "prdt_name", "prdt_name120", "prdt_abrv_name", "std_pdno", "prdt_eng_name",
  "prdt_eng_name120", "prdt_eng_abrv_name", "dpsi_aptm_erlm_yn",
  "etf_txtn_type_cd", "etf_type_cd", "lstg_abol_dt", "nwst_odst_dvsn_cd",
  "sbst_pric", "thco_sbst_pric", "thco_sbst_pric_chng_dt", "tr_stop_yn",
  "admn_item_yn", "thdt_clpr", "bfdy_clpr", "clpr_chng_dt",
  "std_idst_clsf_cd", "std_idst_clsf_cd_name", "idx_bztp_lcls_cd_name",
  "idx_bztp_mcls_cd_name", "idx_bztp_scls_cd_name", "ocr_no", "crfd_item_yn",
  "elec_scty_yn", "issu_istt_cd", "etf_chas_erng_rt_dbnb",
  "etf_etn_ivst_heed_item_yn", "stln_int_rt_dvsn_cd", "frnr_psnl_lmt_rt",
  "lstg_rqsr_issu_istt_cd", "lstg_rqsr_item_cd", "trst_istt_issu_istt_cd",
  "cptt_trad_tr_psbl_yn", "nxt_tr_stop_yn"};
// clang-format on

/// Product numbers have twelve places: `00000A005930`.
std::string product_number(std::string_view code) {
  return fmt::format("{:0>12}", code.starts_with('Q') ? std::string{code}
                                                      : fmt::format("A{}", code));
}

void put_names(nlohmann::ordered_json& out, std::string_view code) {
  auto names = names_of(code);
  out["prdt_name"] = names.korean;
  out["prdt_name120"] = names.korean;
  out["prdt_abrv_name"] = names.korean;
  out["prdt_eng_name"] = names.english;
  out["prdt_eng_name120"] = names.english;
  out["prdt_eng_abrv_name"] = names.english;
  out["std_pdno"] = isin_of(code);
}

} // namespace

issue_names names_of(std::string_view code) {
  for (auto& x : known_issues)
    if (x.code == code)
      return {std::string{x.korean}, std::string{x.english}, x.kosdaq};
  return {fmt::format("모의종목{}", code), fmt::format("Simulated {}", code)};
}

std::string isin_of(std::string_view code) {
  if (code.starts_with('Q'))
    code.remove_prefix(1);
  auto out = fmt::format("KR7{:0>6}00", code);
  // ISO 6166: letters count as two digits (A is 10), every second digit from
  // the right is doubled.
  std::string digits;
  for (auto c : out)
    digits += c >= 'A' ? fmt::format("{}", c - 'A' + 10) : std::string(1, c);
  auto sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    auto x = (digits[digits.size() - 1 - i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += x / 10 + x % 10;
  }
  return out + static_cast<char>('0' + (10 - sum % 10) % 10);
}

nlohmann::ordered_json product_output(const std::string& code) {
  nlohmann::ordered_json out{{"pdno", product_number(code)},
                             {"prdt_type_cd", "300"}};
  put_names(out, code);
  out["shtn_pdno"] = code;
  out["prdt_sale_stat_cd"] = "";
  out["prdt_risk_grad_cd"] = "";
  out["prdt_clsf_cd"] = "101210";
  out["prdt_clsf_name"] = "국내주식";
  out["sale_strt_dt"] = "";
  out["sale_end_dt"] = "";
  out["wrap_asst_type_cd"] = "06";
  out["ivst_prdt_type_cd"] = "1012";
  out["ivst_prdt_type_cd_name"] = "국내주식";
  out["frst_erlm_dt"] = "";
  return out;
}

nlohmann::ordered_json stock_output(const instrument& issue, const stamp& now) {
  nlohmann::ordered_json out;
  for (auto name : stock_fields)
    out[name] = std::string_view{name}.ends_with("_yn") ? "N" : "";
  auto& code = issue.code();
  auto kosdaq = names_of(code).kosdaq;
  auto x = issue.figures();
  out["pdno"] = product_number(code);
  out["prdt_type_cd"] = "300";
  put_names(out, code);
  out["mket_id_cd"] = kosdaq ? "KSQ" : "STK";
  out["scty_grp_id_cd"] = code.starts_with('Q') ? "EN" : "ST";
  out["excg_dvsn_cd"] = kosdaq ? "03" : "02";
  out["setl_mmdd"] = "12";
  out["lstg_stqt"] = std::to_string(x.listed_shares);
  out["cpta"] = std::to_string(x.listed_shares * 100);
  out["papr"] = "100";
  for (auto name : {"lstg_cptl_amt", "issu_pric", "etf_cu_qty", "thdt_clpr",
                    "etf_chas_erng_rt_dbnb"})
    out[name] = "0";
  out["kospi200_item_yn"] = kosdaq ? "N" : "Y";
  out[kosdaq ? "kosdaq_mket_lstg_dt" : "scts_mket_lstg_dt"] = "20000104";
  out["etf_dvsn_cd"] = "0";
  out["stck_kind_cd"] = "101";
  out["dpsi_aptm_erlm_yn"] = "Y";
  out["sbst_pric"] = std::to_string(x.base * 8 / 10);
  out["thco_sbst_pric"] = out["sbst_pric"];
  out["thco_sbst_pric_chng_dt"] = now.date;
  out["tr_stop_yn"] = issue.halted() ? "Y" : "N";
  out["bfdy_clpr"] = std::to_string(x.base);
  out["clpr_chng_dt"] = now.date;
  out["elec_scty_yn"] = "Y";
  out["cptt_trad_tr_psbl_yn"] = "Y";
  return out;
}

} // namespace observer::simulate
