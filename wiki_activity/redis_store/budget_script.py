"""The script by which Redis keeps one budget for all: a single key, judged by Redis's own clock."""

from typing import Final

from wiki_activity.domain.request_budget import PENALTY_SECONDS, SLOWEST_PACE, SMALLEST_LIMIT

SHARES: Final = 8
"""Whoever is cut off takes one part in so many of the limit, or less where there are more processes."""
LATE_MS: Final = 100
"""Whoever does not come for their turn within that time lets others go first."""
CAUGHT_UP_MS: Final = 250
"""So much of the time that is lost when processes wake late is made up for; the gaps allow for it."""
KEPT_MS: Final = 900_000
"""What nobody has used for so long is forgotten."""
SHORTEST_POLL_MS, LONGEST_WAIT_MS = 10, 1000

# One key, so that Redis evicts all of it or nothing. Times are milliseconds.
SCRIPT: Final = f"""
local ask = cjson.decode(ARGV[1])
local time = redis.call('TIME')
local clock = time[1] * 1000 + time[2] / 1000

local function serve(state)
  local now = clock + state.ahead
  -- A clock that was put back would let all wait until it is there again.
  if now < state.seen then
    state.ahead = state.ahead + state.seen - now
    now = state.seen
  end
  state.seen = now

  -- Redis has lost what it told this member, or has an older state: nobody knows what is in flight.
  local known = ask.known
  if known and (known.id ~= state.id or known.count > state.count) then
    if known.id == state.id then
      state.begun = now
      state.count = known.count
    end
    state.opens = math.max(state.opens, state.begun + ask.lost_ms, now + known.opens - known.now - ask.known_ms)
    if known.pace and known.refused then
      local refused = now + known.refused - known.now - ask.known_ms
      state.pace = math.min(state.pace or known.pace, known.pace)
      state.refused = math.max(state.refused or refused, refused)
    end
  end
  state.count = state.count + 1

  local full = ask.limit
  if state.pace and now - state.refused >= {PENALTY_SECONDS * 1000:.0f} then state.pace = nil end
  local pace = math.min(state.pace or full, full)

  for _, name in ipairs(ask.dead) do state.members[name] = nil end
  local me = state.members[ask.member] or {{served = 0}}
  state.members[ask.member] = me
  me.kind, me.flight, me.seen = ask.kind, ask.flight, now

  if ask.what == 'release' then
    local second = math.floor(now / 1000)
    local how = string.format('%d', ask.status)
    state.ended = state.ended or {{}}
    state.ended[how] = (state.ended[how] or 0) + 1
    state.waited_ms = (state.waited_ms or 0) + ask.waited_ms
    if ask.retry_ms then
      -- After that nothing is made up for.
      state.opens = math.max(state.opens, now + ask.retry_ms)
      state.next = math.max(state.next, state.opens)
      if ask.at > (state.refused or 0) then
        local served = 0
        for at, number in pairs(state.answers) do
          if tonumber(at) > second - 60 then served = served + number end
        end
        local learned = served >= {SMALLEST_LIMIT} and 0.95 * served or 0.5 * pace
        pace = math.max(math.min(math.max(learned, {SMALLEST_LIMIT}), 0.75 * pace), math.min({SLOWEST_PACE}, full))
        state.pace = pace
      end
      state.refused = now
    elseif ask.status > 0 then
      local key = string.format('%d', second)
      state.answers[key] = (state.answers[key] or 0) + 1
    end
    for at in pairs(state.answers) do
      if tonumber(at) <= second - 60 then state.answers[at] = nil end
    end
  elseif ask.what == 'leave' then
    state.members[ask.member] = nil
  end

  -- Who has not been heard of may be dead, and holds no connection; or cut off, and takes a share without asking.
  local members, flight, missing = 0, 0, {{}}
  for name, member in pairs(state.members) do
    local silent = now - member.seen
    if silent > ask.forgotten_ms then
      state.members[name] = nil
    else
      members = members + 1
      if silent > ask.missing_ms then missing[#missing + 1] = name else flight = flight + member.flight end
    end
  end
  local share = 1 / math.max({SHARES}, members)
  pace = pace * math.max(1 - #missing * share, share)
  local gap = {60_000 + CAUGHT_UP_MS} / pace

  local wait = 0
  if ask.what == 'ask' then
    -- Kinds are served in turn, and in each kind its members in turn: the one that was served least lately first.
    local peers, kinds, before = 0, {{}}, 0
    for name, member in pairs(state.members) do
      if name ~= ask.member and member.due and now <= member.due + {LATE_MS} then
        if member.kind ~= ask.kind then kinds[member.kind] = true
        elseif member.served < me.served then peers = peers + 1 end
      end
    end
    local served = state.kinds[ask.kind] or 0
    for kind in pairs(kinds) do
      before = before + peers
      if (state.kinds[kind] or 0) < served then before = before + 1 end
    end
    before = before + peers
    local opens = math.max(state.next, state.opens)
    local busy = flight >= ask.connections
    if before == 0 and now >= opens and not busy then
      state.next = math.max(state.next, now - {CAUGHT_UP_MS}) + gap
      state.kinds[ask.kind], me.served, me.due = now, now, nil
      me.flight = me.flight + 1
    else
      wait = math.max(opens - now, 0) + before * gap
      if busy then wait = math.max(wait, {SHORTEST_POLL_MS}, ask.polled_ms / 10) end
      wait = math.min(math.max(wait, 1), {LONGEST_WAIT_MS})
      me.due = now + wait
    end
  end
  for kind, at in pairs(state.kinds) do
    if now - at > {KEPT_MS} then state.kinds[kind] = nil end
  end

  redis.call('SET', KEYS[1], cjson.encode(state), 'PX', {KEPT_MS})
  return cjson.encode({{id = state.id, count = state.count, now = now, opens = state.opens, pace = state.pace,
                       refused = state.refused, wait = wait, per_minute = pace, members = members, missing = missing}})
end

local readable, answer = pcall(function () return serve(cjson.decode(redis.pcall('GET', KEYS[1]))) end)
if readable then return answer end
return serve({{id = ask.new_id, count = 0, seen = clock, ahead = 0, begun = clock, next = clock, opens = 0,
               members = {{}}, kinds = {{}}, answers = {{}}}})
"""
"""Takes the key and one JSON object, which :mod:`wiki_activity.redis_store.shared_budget` writes; returns another.

The state is `members` (by name: kind, requests in flight, when last seen and served, when due), `kinds` (when each was
last served), `next` (when the next turn comes), `opens` (when a `Retry-After` is over), `pace` and `refused` (what 429
have taught), `answers` (by second), `ended` (by status) and `waited_ms` (for figures alone), `id` and `count` (which
tell a lost or older state), and `ahead` (of the clock).
"""
