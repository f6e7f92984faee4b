import type { Place } from './place.ts';

/** One value that the broker remembers, and the line it comes from. */
export interface Setting {
  value: string | number | boolean;
  place: Place;
}

export type Settings = Map<string, Setting>;

/** A plugin that is loaded: the older `auth_plugin` kind decides alone about clients without a name. */
export interface Plugin {
  path: string;
  /** The word that loads it: `plugin`, `auth_plugin`, `global_plugin`, `plugin_load`. */
  option: string;
  place: Place;
  /** What `plugin_opt_KEY` or `auth_opt_KEY` gives it; the last value of a key. */
  options: Settings;
}

/** Who may come in: global, or of one listener. */
export interface Security {
  settings: Settings;
  plugins: Plugin[];
}

/** A listener as configured, before it is known what becomes of it. */
export interface ConfiguredListener {
  /** 0 for a unix socket. */
  port: number;
  /** The bind address as written. */
  host?: string;
  /** The path of a unix socket. */
  path?: string;
  /**
   * The default listener: there without a `listener` line, for `port`, `bind_address` and for
   * settings that stand before any listener.
   */
  isDefault: boolean;
  /** The line that made it; for the default listener the first that concerns it. */
  at: Place | null;
  settings: Settings;
  security: Security;
}

/** A `connection` to another broker. */
export interface Bridge {
  name: string;
  at: Place;
  settings: Settings;
  hasAddress: boolean;
  topics: number;
}

/** What the broker has in its memory when it has read its configuration. */
export interface Memory {
  broker: Settings;
  security: Security;
  /** In the order in which they will be opened. */
  listeners: ConfiguredListener[];
  /** 2.0 always has one, apart from the list until the end; 2.1 makes it in the list when needed. */
  defaultListener: ConfiguredListener | null;
  bridges: Bridge[];
  plugins: Map<string, Plugin>;
  /** Where `per_listener_settings true` stands. */
  perListener: Place | null;
  /** No `listener`, `port` or `bind_address` seen: only this machine may connect. */
  localOnly: boolean;
  /** A security setting was seen, after which `per_listener_settings true` is refused. */
  securityTouched: boolean;
}

export function newSecurity(): Security {
  return { settings: new Map(), plugins: [] };
}

export function newListener(listener: Partial<ConfiguredListener> = {}): ConfiguredListener {
  return {
    port: 0,
    isDefault: false,
    at: null,
    settings: new Map(),
    security: newSecurity(),
    ...listener,
  };
}

export function newMemory(generation: '2.0' | '2.1'): Memory {
  return {
    broker: new Map(),
    security: newSecurity(),
    listeners: [],
    defaultListener: generation === '2.0' ? newListener({ isDefault: true }) : null,
    bridges: [],
    plugins: new Map(),
    perListener: null,
    localOnly: true,
    securityTouched: false,
  };
}

/** The value of a text setting. */
export function textOf(settings: Settings, name: string): string | undefined {
  const value = settings.get(name)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** Whether a switch is on. */
export function isOn(settings: Settings, name: string): boolean {
  return settings.get(name)?.value === true;
}
