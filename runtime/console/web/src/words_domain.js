// The daemon's own words, the causes and events, in English and Korean.

/** Each cause of missing data: its word, and what it means for a reader. */
export const causes = {
  not_subscribed: {
    word: ["not subscribed", "미등록"],
    sentence: ["Data of a symbol arrived that no slot had asked for.",
      "등록하지 않은 종목의 데이터가 도착했습니다."],
  },
  refused_limit: {
    word: ["refused: limit", "한도 초과 거절"],
    sentence: ["The broker takes no more registrations of this session.",
      "증권사가 이 세션의 등록을 더 받지 않습니다."],
  },
  refused_symbol: {
    word: ["refused: symbol", "종목 거절"],
    sentence: ["The broker does not know this symbol.",
      "증권사가 이 종목을 거절했습니다."],
  },
  credentials_refused: {
    word: ["credentials refused", "인증 거절"],
    sentence: ["The broker refuses the app key or secret. Correct them and start anew.",
      "앱 키 또는 시크릿이 거절되었습니다. 고친 뒤 다시 시작하십시오."],
  },
  appkey_in_use: {
    word: ["app key in use", "앱 키 사용 중"],
    sentence: ["Another program holds a session under this app key.",
      "다른 프로그램이 같은 앱 키로 접속해 있습니다."],
  },
  disconnected: {
    word: ["disconnected", "연결 끊김"],
    sentence: ["The connection to the broker is down; it is being opened again.",
      "증권사와의 연결이 끊겨 다시 연결하고 있습니다."],
  },
  connected_but_silent: {
    word: ["connected but silent", "연결됐으나 무응답"],
    sentence: ["The connection is open, but no data comes.",
      "연결은 열려 있으나 데이터가 오지 않습니다."],
  },
  no_reply: {
    word: ["no reply", "응답 없음"],
    sentence: ["The broker did not answer a registration.",
      "증권사가 등록 요청에 응답하지 않았습니다."],
  },
  market_closed: {
    word: ["market closed", "장 마감"],
    sentence: ["No trading now; nothing is missing.",
      "거래 시간이 아닙니다. 누락된 데이터는 없습니다."],
  },
  halted: {
    word: ["halted", "거래 정지"],
    sentence: ["Trading of the symbol is halted.", "종목의 거래가 정지되었습니다."],
  },
  clock_wrong: {
    word: ["clock wrong", "시계 오류"],
    sentence: ["This machine's clock differs from the exchange's.",
      "이 장비의 시계가 거래소와 다릅니다."],
  },
  rest_down: {
    word: ["REST down", "REST 불통"],
    sentence: ["The broker's REST service does not answer.",
      "증권사의 REST 서비스가 응답하지 않습니다."],
  },
  parse_rejected: {
    word: ["not understood", "해석 불가"],
    sentence: ["Records were rejected; they are kept raw in the quarantine.",
      "해석할 수 없는 레코드를 원문 그대로 격리 보관했습니다."],
  },
  width_changed: {
    word: ["width changed", "필드 수 변경"],
    sentence: ["The broker changed the number of fields of a record.",
      "증권사가 레코드의 필드 수를 바꾸었습니다."],
  },
  layout_changed: {
    word: ["layout changed", "레이아웃 변경"],
    sentence: ["The values do not stand where the known layout has them. The raw records are kept.",
      "값이 알려진 위치에 있지 않습니다. 원문 레코드는 보관됩니다."],
  },
  in_doubt: {
    word: ["in doubt", "값 의심"],
    sentence: ["Some values cannot be what they should be. Their lines are marked and bear the raw record.",
      "일부 값이 있을 수 없는 값입니다. 해당 줄에 표시하고 원문을 함께 보관합니다."],
  },
  writer_restarting: {
    word: ["writer restarting", "기록기 재시작 중"],
    sentence: ["The writer is being restarted. The slots keep what it had not acknowledged and send it again.",
      "기록기를 재시작하고 있습니다. 확인되지 않은 데이터는 슬롯이 보관했다가 다시 보냅니다."],
  },
  actor_restarted: {
    word: ["actor restarted", "액터 재시작"],
    sentence: ["An actor on the data's way was restarted.",
      "데이터 경로의 액터가 재시작되었습니다."],
  },
  daemon_down: {
    word: ["daemon down", "데몬 중단"],
    sentence: ["The daemon was not running.", "데몬이 실행 중이 아니었습니다."],
  },
  disk_full: {
    word: ["disk full", "디스크 부족"],
    sentence: ["No space is left. Free some; writing goes on by itself.",
      "디스크 공간이 없습니다. 공간을 확보하면 자동으로 다시 기록합니다."],
  },
  permission: {
    word: ["permission", "권한 없음"],
    sentence: ["The data directory may not be written.",
      "데이터 폴더에 쓸 권한이 없습니다."],
  },
  io_error: {
    word: ["I/O error", "입출력 오류"],
    sentence: ["The disk reports errors.", "디스크가 오류를 알립니다."],
  },
  out_of_resources: {
    word: ["out of resources", "시스템 자원 부족"],
    sentence: ["The system has no descriptors or memory left; writing goes on by itself.",
      "시스템의 파일 기술자나 메모리가 없습니다. 확보되면 자동으로 다시 기록합니다."],
  },
  file_taken: {
    word: ["file taken away", "파일 사라짐"],
    sentence: ["A file that was being written was deleted, moved, replaced or emptied.",
      "기록 중이던 파일이 삭제, 이동, 교체되었거나 비워졌습니다."],
  },
  shed_by_bound: {
    word: ["shed by a bound", "한도 초과 폐기"],
    sentence: ["Data was given up at a stated limit, and counted.",
      "정해진 한도를 넘어 데이터를 버리고 그 수를 남겼습니다."],
  },
  exchange_gap: {
    word: ["gap at the exchange", "거래소 측 누락"],
    sentence: ["The cumulative volume jumped: the broker left trades out.",
      "누적 거래량이 건너뛰었습니다. 증권사가 체결을 빠뜨렸습니다."],
  },
};

export const events = {
  gap: ["gap", "누락"],
  silent: ["silent", "무응답"],
  refused: ["refused", "등록 거절"],
  rejected: ["rejected", "레코드 거부"],
  width_changed: ["width changed", "필드 수 변경"],
  width_unknown: ["unknown width", "알 수 없는 필드 수"],
  doubt: ["in doubt", "값 의심"],
  disconnected: ["disconnected", "연결 끊김"],
  connected: ["connected", "연결됨"],
  subscribed: ["subscribed", "등록됨"],
  released: ["released", "해제됨"],
  shed: ["shed", "폐기"],
  storage: ["storage", "저장소"],
  clock_stepped: ["clock stepped", "시계 변경"],
  paused: ["paused", "실행 멈춤"],
  operator: ["operator", "운영자 조작"],
  restart: ["restart", "재시작"],
  started: ["started", "시작"],
  stopped: ["stopped", "종료"],
  ledger: ["ledger", "원장"],
};
