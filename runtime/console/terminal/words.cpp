#include "runtime/console/terminal/words.hpp"

#include <algorithm>
#include <cstdlib>

namespace observer::terminal {

namespace {

using entry = std::pair<std::string_view, std::string_view>;

constexpr entry entries[] = {
  // What is said first, and what a filter or a notice says.
  {"no answer yet", "아직 응답 없음"},
  {": {0}/s received, {1}/s stored", ": 초당 {0}건 수신, {1}건 저장"},
  {"no contact with {0} for {1}: {2}", "연결 끊김: {0}, {1}째 ({2})"},
  {"no contact with {0}: {1}", "{0}에 연결할 수 없음: {1}"},
  {"last known at {0}: {1}", "마지막 확인 {0}: {1}"},
  {"filter: {0}", "검색: {0}"},
  {"nothing yet", "아직 없음"},
  {"nothing has this word", "검색 결과 없음"},
  {"accepted: {0}", "접수됨: {0}"},
  {"not accepted: {0}: {1}", "접수되지 않음: {0}: {1}"},
  {"not sent: the action before still waits",
   "보내지 않음: 앞선 작업이 아직 처리되지 않았습니다"},
  {"the daemon was restarted: run {0}", "데몬이 재시작되었습니다: 실행 {0}"},
  {"the daemon offers no actions", "데몬이 제공하는 작업이 없습니다"},
  {"not done", "실행하지 않았습니다"},
  // Why there is no contact.
  {"it asks for a bearer token: set OBSERVER_SERVICE_TOKEN or give "
   "--token-file",
   "토큰이 필요합니다. OBSERVER_SERVICE_TOKEN 또는 --token-file로 지정하십시오"},
  {"it answers HTTP {0}", "HTTP {0} 응답"},
  {"no answer within {0} s", "{0}초 안에 응답 없음"},
  {"connection refused", "연결 거부됨"},
  {"connection reset by peer", "상대가 연결을 끊음"},
  {"connection timed out", "연결 시간 초과"},
  {"network is unreachable", "네트워크에 도달할 수 없음"},
  {"no route to host", "호스트까지 경로 없음"},
  {"it hung up without an answer", "응답 없이 연결을 끊음"},
  {"it hung up within its answer", "응답 도중에 연결을 끊음"},
  {"the host name does not resolve", "호스트 이름을 찾을 수 없음"},
  {"what answers there does not speak HTTP", "HTTP 서버가 아님"},
  {"its answer is too long", "응답이 너무 김"},
  {"the answer is no JSON object", "응답이 JSON 객체가 아님"},
  {"broken off", "중단됨"},
  // The line of keys, and the questions.
  {"q leave  ? keys  s sort  S reverse  / filter  enter open  a actions",
   "q 종료  ? 도움말  s 정렬  S 역순  / 검색  Enter 열기  a 작업"},
  {"escape back  up down scroll  a actions  q leave",
   "Esc 뒤로  ↑↓ 이동  a 작업  q 종료"},
  {"enter chooses, escape leaves", "Enter 선택, Esc 취소"},
  {"{0}: which one? {1}", "{0}: 대상? {1}"},
  {"{0}? y does it, any other key does not",
   "{0}: y를 누르면 실행, 다른 키는 취소"},
  {"symbol, or TR:symbol, such as H0STCNT0:005930",
   "종목 또는 TR:종목, 예: H0STCNT0:005930"},
  {"trace, debug, info, warning, error or critical",
   "trace, debug, info, warning, error, critical 중 하나"},
  // Actions.
  {"Actions", "작업"},
  {"restart the actor {0}", "액터 {0} 재시작"},
  {"register {0} in slot {1}", "슬롯 {1}에 {0} 등록"},
  {"release slot {0}", "슬롯 {0} 해제"},
  {"close and reopen {0}", "{0} 재연결"},
  {"seal the file of {0} and begin another",
   "{0} 파일을 봉인하고 새 파일로 전환"},
  {"set the log level to {0}", "로그 수준 변경: {0}"},
  {"crash the writer of {0}", "{0} 기록기 장애 주입"},
  {"slot {0} holds {1} already; release it there first",
   "슬롯 {0}에 이미 {1} 등록됨. 먼저 그 슬롯을 해제하십시오"},
  // Headings of the first tab.
  {"verdict", "판정"},
  {"cause", "원인"},
  {"rates", "속도"},
  {"latency", "소요 시간"},
  {"market", "시장"},
  {"today", "오늘"},
  {"slots", "슬롯"},
  {"disk", "디스크"},
  {"files", "파일"},
  {"restarts", "재시작"},
  {"daemon", "데몬"},
  {"Latest events", "최근 이벤트"},
  // Its facts.
  {"{0}/s received", "초당 수신 {0}건"},
  {"{0}/s stored", "초당 저장 {0}건"},
  {"mean of {0} s", "{0}초 평균"},
  {"balanced", "일치"},
  {"off by {0}", "{0}건 차이"},
  {"oldest {0}", "최장 {0}"},
  {"{0}, {1} shares missing", "{0}개, 누락 {1}주"},
  {"gaps {0}, {1} shares missing", "누락 구간 {0}개, 누락 {1}주"},
  {"lost", "유실"},
  {"disconnects {0}", "연결 끊김 {0}회"},
  {"since {0}", "{0}부터"},
  {"open", "장중"},
  {"closes {0} (in {1})", "{0} 마감 ({1} 후)"},
  {"opens {0} (in {1})", "{0} 개장 ({1} 후)"},
  {"for {0}", "{0}째"},
  {"{0} connects, {1} lost", "연결 {0}회, 끊김 {1}회"},
  {"last data {0} ago", "마지막 시세 {0} 전"},
  {"heard {0} ago", "마지막 응답 {0} 전"},
  {"{0} free", "여유 {0}"},
  {"{0} lines, {1}", "{0}줄, {1}"},
  {"of {0} expected by now", "현재 예상 {0}"},
  {"on {0}", "호스트 {0}"},
  {"up {0}", "가동 {0}"},
  {"run {0}", "실행 {0}"},
  {"data in {0}", "데이터 {0}"},
  {"log level {0}", "로그 수준 {0}"},
  {"{0} s", "{0}초"},
  // Headings of columns.
  {"slot", "슬롯"},
  {"session", "세션"},
  {"state", "상태"},
  {"symbol", "종목"},
  {"price", "가격"},
  {"last tick", "최근 체결"},
  {"ticks/s", "초당"},
  {"gaps", "누락"},
  {"actor", "액터"},
  {"phase", "단계"},
  {"handled", "처리"},
  {"per second", "초당"},
  {"busy", "사용률"},
  {"mean", "평균"},
  {"wait", "대기"},
  {"dropped", "폐기"},
  {"last reason", "마지막 오류"},
  {"time", "시각"},
  {"event", "이벤트"},
  {"detail", "내용"},
  {"file", "파일"},
  {"lines", "줄"},
  {"size", "크기"},
  {"expected", "예상"},
  {"last line", "마지막 줄"},
  {"sealed because", "봉인 이유"},
  {"{0} empty: {1} (enter shows them)", "빈 슬롯 {0}개: {1} (Enter로 펼치기)"},
  {"{0} shares missing", "{0}주 누락"},
  {"{0} records", "{0}건"},
  {"the broker's count went back by {0} shares",
   "누적 거래량이 {0}주 되돌아감"},
  {"how much is not known", "누락량 알 수 없음"},
  // What is open.
  {"slot {0} of {1}", "{1} 슬롯 {0}"},
  {"{0} ago, {1}/s", "{0} 전, 초당 {1}건"},
  {"{0} ticks", "{0}건"},
  {"volume", "거래량"},
  {"{0} accumulated, {1} shares missing in {2} gaps",
   "누적 {0}주, 누락 구간 {2}개에서 {1}주 누락"},
  {"none in quotes: what is missing is not known",
   "호가에는 없음, 누락량 알 수 없음"},
  {"received at", "수신 시각"},
  {"traded", "체결 시각"},
  {"traded shares", "체결량"},
  {"accumulated", "누적"},
  {"no tick yet", "아직 체결 없음"},
  {"asking for its last ticks", "최근 체결을 요청하는 중"},
  {"kind", "종류"},
  {"starts", "시작 횟수"},
  {"{0}, restarts {1}", "{0}회, 재시작 {1}회"},
  {"messages", "메시지"},
  {"{0} handled, {1}/s, {2} waiting, {3} dropped",
   "처리 {0}건, 초당 {1}건, 대기 {2}건, 폐기 {3}건"},
  {"time spent", "소요 시간"},
  {"busy {0}, mean {1} a message, waited {2}",
   "사용률 {0}, 메시지당 평균 {1}, 대기 {2}"},
  {"child", "하위 액터"},
  {"{0}  {1} by {2}, attempt {3}", "{0}  {1}, 감독자 {2}, {3}번째 시도"},
  {"{0} is gone; escape goes back", "{0}: 이제 없음. Esc로 돌아갑니다"},
  // Keys.
  {"Keys", "도움말"},
  {"1 2 3 4 5", "1 2 3 4 5"},
  {"recording, slots, actors, journal, events",
   "기록, 슬롯, 액터, 저널, 이벤트"},
  {"left right tab", "← → Tab"},
  {"the tab before, the next one", "앞 화면, 다음 화면"},
  {"up down j k", "↑ ↓ j k"},
  {"select; page up, page down, home g, end G",
   "선택. PgUp, PgDn, 처음 Home g, 끝 End G"},
  {"enter", "Enter"},
  {"open the selected slot or actor", "선택한 슬롯이나 액터 열기"},
  {"escape", "Esc"},
  {"back; clears the filter", "뒤로. 검색 지우기"},
  {"sort by the next column, after the last as given",
   "다음 열로 정렬. 마지막 열 다음은 원래 순서"},
  {"reverse the order", "역순으로"},
  {"show rows with a cause or word; enter keeps, escape undoes",
   "원인이나 단어로 검색. Enter 유지, Esc 취소"},
  {"actions; each asks before it is done", "작업. 실행 전에 확인합니다"},
  {"these keys", "이 도움말"},
  {"leave", "종료"},
  {"Any key goes back.", "아무 키나 누르면 돌아갑니다."},
};

/// The number in the place of a `{0}`, if the text is of this form.
std::string_view filled(std::string_view text, std::string_view form) {
  auto at = form.find("{0}");
  auto tail = form.substr(at + 3);
  if (text.size() <= at + tail.size() || !text.starts_with(form.substr(0, at))
      || !text.ends_with(tail))
    return {};
  auto value = text.substr(at, text.size() - at - tail.size());
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::all_of(value.begin(), value.end(), is_digit) ? value
                                                           : std::string_view{};
}

} // namespace

std::string_view say(language in, std::string_view english) {
  if (in == language::korean)
    for (auto& e : entries)
      if (e.first == english)
        return e.second;
  return english;
}

std::span<const std::pair<std::string_view, std::string_view>> layout_words() {
  return entries;
}

std::string session_name(language in, std::string_view name) {
  auto number = filled(name, "session {0}");
  return in == language::korean && !number.empty()
           ? fmt::format("{} {}", say(in, "session"), number)
           : std::string{name};
}

std::string contact_words(language in, std::string_view why) {
  if (in == language::english)
    return std::string{why};
  constexpr std::string_view within = "no answer within {0} s";
  if (auto seconds = filled(why, within); !seconds.empty())
    return say(in, within, seconds);
  auto words = say(in, why);
  return words == why ? in_quotes(why) : std::string{words};
}

std::string in_quotes(std::string_view original) {
  return original.empty() ? std::string{} : fmt::format("“{}”", original);
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

language language_of_locale(std::string_view locale) {
  if (!locale.starts_with("ko"))
    return language::english;
  auto dot = locale.find('.');
  if (dot == locale.npos)
    return language::korean;
  auto encoding = locale.substr(dot + 1, locale.find('@') - dot - 1);
  for (auto utf8 : {"UTF-8", "utf-8", "UTF8", "utf8"})
    if (encoding == utf8)
      return language::korean;
  return language::english;
}

language language_of_environment() {
  for (auto name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (auto value = std::getenv(name); value != nullptr && *value != '\0')
      return language_of_locale(value);
  return language::english;
}

} // namespace observer::terminal
