#include "runtime/simulate/quotations.hpp"

#include <array>

#include <fmt/format.h>

#include "runtime/simulate/issue_info.hpp"

namespace observer::simulate {

namespace {

using json = nlohmann::ordered_json;

std::string text(int64_t x) {
  return fmt::format_int{x}.str();
}
std::string percent_of(int64_t x, int64_t y) {
  return fmt::format("{:.2f}", y == 0 ? 0.0 : 100.0 * double(x) / double(y));
}
std::string sign(int64_t x) {
  return x > 0 ? "2" : x < 0 ? "5" : "3";
}

/// Every field of FHKST01010100, in the order of the broker's own sample.
// clang-format off
constexpr std::array price_fields{
  "iscd_stat_cls_code", "marg_rate", "rprs_mrkt_kor_name",
  "new_hgpr_lwpr_cls_code", "bstp_kor_isnm", "temp_stop_yn",
  "oprc_rang_cont_yn", "clpr_rang_cont_yn", "crdt_able_yn",
  "grmn_rate_cls_code", "elw_pblc_yn", "stck_prpr", "prdy_vrss",
  "prdy_vrss_sign", "prdy_ctrt", "acml_tr_pbmn", "acml_vol",
  "prdy_vrss_vol_rate", "stck_oprc", "stck_hgpr", "stck_lwpr", "stck_mxpr",
  "stck_llam", "stck_sdpr", "wghn_avrg_stck_prc", "hts_frgn_ehrt",
  "frgn_ntby_qty", "pgtr_ntby_qty", "pvt_scnd_dmrs_prc", "pvt_frst_dmrs_prc",
  "pvt_pont_val", "pvt_frst_dmsp_prc", "pvt_scnd_dmsp_prc", "dmrs_val",
  "dmsp_val", "cpfn", "rstc_wdth_prc", "stck_fcam", "stck_sspr", "aspr_unit",
  "hts_deal_qty_unit_val", "lstn_stcn", "hts_avls", "per", "pbr", "stac_month",
  "vol_tnrt", "eps", "bps", "d250_hgpr", "d250_hgpr_date",
  "d250_hgpr_vrss_prpr_rate", "d250_lwpr", "d250_lwpr_date",
  "d250_lwpr_vrss_prpr_rate", "stck_dryy_hgpr", "dryy_hgpr_vrss_prpr_rate",
  "dryy_hgpr_date", "stck_dryy_lwpr", "dryy_lwpr_vrss_prpr_rate",
  "dryy_lwpr_date", "w52_hgpr", "w52_hgpr_vrss_prpr_ctrt", "w52_hgpr_date",
  "w52_lwpr", "w52_lwpr_vrss_prpr_ctrt", "w52_lwpr_date",
  "whol_loan_rmnd_rate", "ssts_yn", "stck_shrn_iscd", "fcam_cnnm", "cpfn_cnnm",
  "apprch_rate", "frgn_hldn_qty", "vi_cls_code", "ovtm_vi_cls_code",
  "last_ssts_cntg_qty", "invt_caful_yn", "mrkt_warn_cls_code", "short_over_yn",
  "sltr_yn", "mang_issu_cls_code"};
// clang-format on

} // namespace

// What is not known here is "0", as it often is at the broker; text is "".
json price_output(const std::string& code, const instrument* issue,
                  const stamp& now) {
  json out;
  for (auto name : price_fields) {
    auto n = std::string_view{name};
    out[name] = n.ends_with("_yn")                                  ? "N"
                : n.ends_with("_date") || n.ends_with("nm")         ? ""
                : n.ends_with("_name") || n == "grmn_rate_cls_code" ? ""
                                                                    : "0";
  }
  out["stck_shrn_iscd"] = code;
  out["mrkt_warn_cls_code"] = "00";
  out["prdy_vrss_sign"] = "3";
  if (!issue)
    return out;
  auto x = issue->figures();
  auto change = x.price - x.base;
  out["iscd_stat_cls_code"] = x.halted ? "58" : "55";
  out["temp_stop_yn"] = x.halted ? "Y" : "N";
  out["marg_rate"] = "20.00";
  out["rprs_mrkt_kor_name"] = "KOSPI200";
  out["crdt_able_yn"] = "Y";
  out["ssts_yn"] = "Y";
  out["vi_cls_code"] = "N";
  out["ovtm_vi_cls_code"] = "N";
  out["stck_prpr"] = text(x.price);
  out["prdy_vrss"] = text(change);
  out["prdy_vrss_sign"] = sign(change);
  out["prdy_ctrt"] = percent_of(change, x.base);
  out["acml_tr_pbmn"] = text(x.amount);
  out["acml_vol"] = text(x.volume);
  out["prdy_vrss_vol_rate"] = percent_of(x.volume, x.volume_before);
  out["stck_oprc"] = text(x.open);
  out["stck_hgpr"] = text(x.high);
  out["stck_lwpr"] = text(x.low);
  out["stck_mxpr"] = text(x.upper_limit);
  out["stck_llam"] = text(x.lower_limit);
  out["stck_sdpr"] = text(x.base);
  out["wghn_avrg_stck_prc"] = fmt::format(
    "{:.2f}", x.volume == 0 ? 0.0 : double(x.amount) / double(x.volume));
  out["rstc_wdth_prc"] = text(x.upper_limit - x.base);
  out["stck_fcam"] = "100";
  out["stck_sspr"] = text(x.base * 8 / 10);
  out["aspr_unit"] = text(tick_size(x.price));
  out["hts_deal_qty_unit_val"] = "1";
  out["lstn_stcn"] = text(x.listed_shares);
  // In units of 100 million won; divided in two steps to stay in 64 bits.
  out["hts_avls"] = text(x.listed_shares / 10'000 * x.price / 10'000);
  out["stac_month"] = "12";
  out["vol_tnrt"] = percent_of(x.volume, x.listed_shares);
  for (auto span : {"d250", "stck_dryy", "w52"}) {
    out[fmt::format("{}_hgpr", span)] = text(x.high);
    out[fmt::format("{}_lwpr", span)] = text(x.low);
  }
  for (auto name : {"d250_hgpr_date", "d250_lwpr_date", "dryy_hgpr_date",
                    "dryy_lwpr_date", "w52_hgpr_date", "w52_lwpr_date"})
    out[name] = now.date;
  return out;
}

json prices_row(const std::string& code, const instrument* issue) {
  // Of an issue that is not listed only the code comes back.
  auto names = issue ? names_of(code) : issue_names{};
  json out{{"kospi_kosdaq_cls_name", !issue         ? ""
                                     : names.kosdaq ? "KOSDAQ"
                                                    : "KOSPI"},
           {"mrkt_trtm_cls_name", ""},
           {"hour_cls_code", "0"},
           {"inter_shrn_iscd", code},
           {"inter_kor_isnm", names.korean}};
  auto x = issue ? issue->figures() : issue_figures{};
  auto change = x.price - x.base;
  out["inter2_prpr"] = text(x.price);
  out["inter2_prdy_vrss"] = text(change);
  out["prdy_vrss_sign"] = sign(change);
  out["prdy_ctrt"] = percent_of(change, x.base);
  out["acml_vol"] = text(x.volume);
  out["inter2_oprc"] = text(x.open);
  out["inter2_hgpr"] = text(x.high);
  out["inter2_lwpr"] = text(x.low);
  out["inter2_llam"] = text(x.lower_limit);
  out["inter2_mxpr"] = text(x.upper_limit);
  out["inter2_askp"] = text(x.ask);
  out["inter2_bidp"] = text(x.bid);
  out["seln_rsqn"] = text(x.ask_size);
  out["shnu_rsqn"] = text(x.bid_size);
  out["total_askp_rsqn"] = text(x.total_ask_size);
  out["total_bidp_rsqn"] = text(x.total_bid_size);
  out["acml_tr_pbmn"] = text(x.amount);
  out["inter2_prdy_clpr"] = text(x.base);
  out["oprc_vrss_hgpr_rate"] = percent_of(x.high - x.open, x.open);
  out["intr_antc_cntg_vrss"] = "0";
  out["intr_antc_cntg_vrss_sign"] = "3";
  out["intr_antc_cntg_prdy_ctrt"] = "0.00";
  out["intr_antc_vol"] = "0";
  out["inter2_sdpr"] = text(x.base);
  return out;
}

} // namespace observer::simulate
