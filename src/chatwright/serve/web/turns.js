/** From a list of events and why-traces to turns: what was said, done and changed, step by step. */

const turnOf = (event) => event.metadata?.chatwright?.turn ?? null;

/**
 * @typedef {object} Block one thing that happened
 * @property {"start"|"user"|"action"} kind
 * @property {object|null} event the event that began it
 * @property {object|null} step its entry in the why-trace
 * @property {{event: object, before?: unknown}[]} effects what followed from it; `before` is a slot's former value
 */

/** Turns of a conversation, oldest first: `{number, blocks, events, why, form, feedback}`. */
export function groupTurns(events, whys) {
  const traces = new Map(whys.map((why) => [why.turn, why]));
  const turns = [];
  const slots = new Map();
  const ratings = new Map();
  let form = null;
  for (const event of events) {
    if (event.event === "feedback") {
      ratings.set(event.turn, event.value);
      continue;
    }
    let turn = turns.at(-1);
    if (!turn || beginsTurn(turn, event)) {
      const number = turnOf(event) ?? (event.event === "user" ? (turn?.number ?? 0) + 1 : (turn?.number ?? 0));
      turn = { number, events: [], blocks: [], why: traces.get(number) ?? null, form, feedback: null };
      turns.push(turn);
    }
    turn.events.push(event);
    place(turn, event, slots);
    if (event.event === "active_loop") form = event.name;
    if (event.event === "restart") form = null;
    turn.form = form;
  }
  for (const turn of turns) {
    turn.blocks = withSteps(turn.blocks, turn.why?.steps ?? []);
    turn.feedback = ratings.get(turn.number) ?? null;
  }
  return turns;
}

function beginsTurn(turn, event) {
  const number = turnOf(event);
  if (number !== null) return number !== turn.number;
  // Events of other tools carry no number: there every message begins a turn.
  return event.event === "user" && (turn.number === 0 || turn.blocks.some((block) => block.kind === "user"));
}

function place(turn, event, slots) {
  if (event.event === "user") {
    turn.blocks.push({ kind: "user", event, step: null, effects: [] });
  } else if (isAction(event)) {
    turn.blocks.push({ kind: "action", event, step: null, effects: [] });
  } else {
    if (!turn.blocks.length) turn.blocks.push({ kind: "start", event: null, step: null, effects: [] });
    turn.blocks.at(-1).effects.push({ event, before: slots.get(event.name) });
    if (event.event === "slot") slots.set(event.name, event.value);
    if (event.event === "reset_slots" || event.event === "restart") slots.clear();
  }
}

const isAction = (event) => event.event === "action" || event.event === "action_execution_rejected";
const actionName = (event) => event.name ?? event.action_text;

// Events and steps run in the same order, but either may lack its partner: an action may bring events of
// further actions (a session's start listens), and a step that failed early may have left no event.
function withSteps(blocks, steps) {
  const out = [];
  let next = 0;
  for (const [index, block] of blocks.entries()) {
    if (block.kind === "action") {
      const later = new Set(blocks.slice(index + 1).filter((other) => other.kind === "action").map((other) => actionName(other.event)));
      const found = steps.findIndex((step, i) => i >= next && step.action === actionName(block.event));
      const skipped = steps.slice(next, Math.max(found, next));
      if (found >= 0 && !skipped.some((step) => later.has(step.action))) {
        out.push(...skipped.map(alone));
        block.step = steps[found];
        next = found + 1;
      }
    }
    out.push(block);
  }
  return [...out, ...steps.slice(next).map(alone)];
}

const alone = (step) => ({ kind: "action", event: null, step, effects: [] });
