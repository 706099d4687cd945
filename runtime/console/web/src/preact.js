// Preact with HTM's tagged templates: what every component is written in.

import { Fragment, h, render } from "./vendor/preact.js";
import {
  useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState,
} from "./vendor/hooks.js";
import htm from "./vendor/htm.js";

export const html = htm.bind(h);
export {
  Fragment, h, render, useCallback, useEffect, useLayoutEffect, useMemo,
  useRef, useState,
};
