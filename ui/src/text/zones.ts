/** Zones that are offered while typing; any other name is taken too. */
import { knownZone } from "./time";

export const ZONES = ["UTC", "Europe/London", "Europe/Berlin", "Europe/Moscow", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "Asia/Dubai", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "+00:00"] as const;

/** What is wrong with a zone that was typed; empty where nothing is. */
export function zoneFault(zone: string): string {
  if (zone === "" || knownZone(zone) || /^[+-]\d\d:?\d\d$/.test(zone)) return "";
  return `There is no zone ${zone}; a name like Europe/Berlin or an offset like +02:00 is expected`;
}
