// Preact with HTM's tagged templates: what every component is written in.

import { Fragment, h, render } from "preact";
import {
  useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState,
} from "preact/hooks";
import htm from "htm";

export const html = htm.bind(h);
export {
  Fragment, h, render, useCallback, useEffect, useLayoutEffect, useMemo,
  useRef, useState,
};
