#include "runtime/console/terminal/words.hpp"

#include <cstdlib>

namespace observer::terminal {

namespace {

struct entry {
  std::string_view english, korean;
};

constexpr entry entries[] = {
  // The verdict.
  {"recording", "기록 중"},
  {"starting", "시작 중"},
  {"market_closed", "장 마감"},
  {"not_recording", "기록 안 됨"},
  {"stopping", "종료 중"},
  {"no answer yet", "아직 응답 없음"},
  // Causes.
  {"not_subscribed", "구독 안 됨"},
  {"refused_limit", "구독 한도 초과"},
  {"refused_symbol", "종목 거부"},
  {"credentials_refused", "인증 거부"},
  {"appkey_in_use", "앱키 사용 중"},
  {"disconnected", "연결 끊김"},
  {"connected_but_silent", "연결됐으나 수신 없음"},
  {"no_reply", "응답 없음"},
  {"halted", "거래 정지"},
  {"parse_rejected", "해석 거부"},
  {"width_changed", "필드 수 변경"},
  {"layout_changed", "레이아웃 변경"},
  {"in_doubt", "값 의심"},
  {"writer_restarting", "기록기 재시작"},
  {"actor_restarted", "액터 재시작"},
  {"daemon_down", "데몬 정지"},
  {"disk_full", "디스크 가득"},
  {"permission", "권한 없음"},
  {"io_error", "입출력 오류"},
  {"out_of_resources", "시스템 자원 부족"},
  {"file_taken", "파일 사라짐"},
  {"shed_by_bound", "한도 초과로 버림"},
  {"clock_wrong", "시계 오류"},
  {"rest_down", "REST 장애"},
  {"exchange_gap", "거래소 누락"},
  // Tabs.
  {"overview", "개요"},
  {"slots", "슬롯"},
  {"actors", "액터"},
  {"events", "이벤트"},
  {"files", "파일"},
  // Headings of the overview.
  {"Rates", "속도"},
  {"Ledger", "장부"},
  {"Unacked", "미확인"},
  {"Rejected", "거부"},
  {"In doubt", "의심"},
  {"Latency", "지연"},
  {"Market", "시장"},
  {"Session", "세션"},
  {"Slots", "슬롯"},
  {"Storage", "저장"},
  {"Disk", "디스크"},
  {"Files", "파일"},
  {"Restarts", "재시작"},
  {"Latest events", "최근 이벤트"},
  {"Daemon", "데몬"},
  // Headings of columns.
  {"slot", "슬롯"},
  {"session", "세션"},
  {"state", "상태"},
  {"symbol", "종목"},
  {"price", "가격"},
  {"tick", "체결"},
  {"ticks/s", "초당"},
  {"received", "수신"},
  {"on disk", "저장"},
  {"rejected", "거부"},
  {"shed", "버림"},
  {"in flight", "처리 중"},
  {"ratio", "비율"},
  {"unacked", "미확인"},
  {"gaps", "누락"},
  {"shares", "주식수"},
  {"actor", "액터"},
  {"phase", "단계"},
  {"restarts", "재시작"},
  {"handled", "처리"},
  {"mailbox", "우편함"},
  {"busy", "사용률"},
  {"mean", "평균"},
  {"wait", "대기"},
  {"dropped", "버림"},
  {"last reason", "마지막 이유"},
  {"time", "시각"},
  {"event", "이벤트"},
  {"cause", "원인"},
  {"records", "건수"},
  {"detail", "내용"},
  {"file", "파일"},
  {"lines", "줄"},
  {"bytes", "크기"},
  {"expected", "예상"},
  {"last line", "마지막 줄"},
  {"sealed because", "봉인 이유"},
};

} // namespace

std::string_view say(language in, std::string_view english) {
  if (in == language::korean)
    for (auto& e : entries)
      if (e.english == english)
        return e.korean;
  return english;
}

language language_of_environment() {
  for (auto name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (auto value = std::getenv(name); value != nullptr && *value != '\0')
      return std::string_view{value}.starts_with("ko") ? language::korean
                                                       : language::english;
  return language::english;
}

} // namespace observer::terminal
