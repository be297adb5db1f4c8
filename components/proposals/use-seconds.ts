"use client";
import { useEffect, useState } from "react";

/** The time in epoch milliseconds, told anew each second while the component is shown. */
export function useSeconds(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
