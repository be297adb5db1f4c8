export { clearSlots, type Slot, type SlotResult, takeSlot } from "./take-slot.ts";
