/**
 * What the queue does, as scripts that Redis runs whole, one after the other: no two machines ever see half of a change.
 * All keys have one hash tag, so that a cluster keeps them together. Times are epoch ms; ARGV[1] is the caller's, or ''
 * for Redis's own, which is the same for all machines.
 *
 *     seq                 last id                       job:ID      hash: state key subject kind priority due attempt …
 *     delivery:GUID       expires with the retention    waiting     sorted set of ids
 *     key                 hash: jobKey → waiting id
 *     running             hash: subject → id            leases      sorted set of running ids by the end of their lease
 *     busy                hash: subject → jobs waiting or running
 *     done, failed        sorted sets of ids by their end
 *     workers             sorted set of workers by when they were seen last
 *     groups              sorted set of PRIORITY:INSTALLATION with waiting jobs: priority, then whose turn was the longest ago
 *     group:P:I           sorted set of the waiting ids of one of these, by age
 *     turns, turn         hash: installation → number of its last turn; the last number
 *     owners              hash: repository → the worker that has its mirror and engram
 *     stop                last id of a stop         stop:ID     hash: name payload ran at; `ran` has a payload a line
 *     stops               sorted set of ids         stopped     hash: name (subject and comment) → id
 */
const prelude = `
local P = KEYS[1]
local function k(name) return P .. name end
local function now()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function job(id) return k('job:' .. id) end
local function field(id, name) return redis.call('HGET', job(id), name) end
local function excused(id) return tonumber(field(id, 'excused') or 0) end
local function has(worker, id) return field(id, 'state') == 'running' and field(id, 'worker') == worker end
local function busy(subject, by)
  if redis.call('HINCRBY', k('busy'), subject, by) <= 0 then redis.call('HDEL', k('busy'), subject) end
end
local function group(id)
  local priority, installation = unpack(redis.call('HMGET', job(id), 'priority', 'installation'))
  return priority .. ':' .. installation, tonumber(priority), installation
end
local function join(id)
  local name, priority, installation = group(id)
  redis.call('ZADD', k('group:' .. name), id, id)
  -- Exact below 2^53.
  redis.call('ZADD', k('groups'), priority * 1000000000000000 + tonumber(redis.call('HGET', k('turns'), installation) or 0), name)
end
local function leave(id)
  local name = group(id)
  redis.call('ZREM', k('group:' .. name), id)
  if redis.call('EXISTS', k('group:' .. name)) == 0 then redis.call('ZREM', k('groups'), name) end
end
local function take_turn(installation)
  local number = redis.call('INCR', k('turn'))
  redis.call('HSET', k('turns'), installation, number)
  for priority = 0, 9 do
    local name = priority .. ':' .. installation
    if redis.call('ZSCORE', k('groups'), name) then redis.call('ZADD', k('groups'), priority * 1000000000000000 + number, name) end
  end
end
local function drop(id)
  local state, subject, key = unpack(redis.call('HMGET', job(id), 'state', 'subject', 'key'))
  if not state then return end
  if state == 'waiting' then leave(id) redis.call('ZREM', k('waiting'), id) redis.call('HDEL', k('key'), key) end
  if state == 'running' then redis.call('HDEL', k('running'), subject) redis.call('ZREM', k('leases'), id) end
  if state == 'waiting' or state == 'running' then busy(subject, -1) end
  redis.call('ZREM', k('done'), id) redis.call('ZREM', k('failed'), id)
  redis.call('DEL', job(id))
end
local function wait(id, due)
  redis.call('HSET', job(id), 'state', 'waiting', 'due', due)
  redis.call('ZADD', k('waiting'), id, id)
  join(id)
  redis.call('HSET', k('key'), field(id, 'key'), id)
end
local function unrun(id)
  redis.call('HDEL', k('running'), field(id, 'subject'))
  redis.call('ZREM', k('leases'), id)
end
local function finish(id, state, at, message)
  unrun(id)
  busy(field(id, 'subject'), -1)
  redis.call('HSET', job(id), 'state', state, 'error', message)
  redis.call('ZADD', k(state), at, id)
end
-- A job whose worker ended: a newer one of its key supersedes it; one that ends its workers is set aside.
local function put_back(id, attempts, died, at)
  if redis.call('HEXISTS', k('key'), field(id, 'key')) == 1 then drop(id)
  elseif tonumber(field(id, 'attempt')) - excused(id) >= attempts then finish(id, 'failed', at, died)
  else local due = field(id, 'due') unrun(id) wait(id, due) end
end
`;

/** KEYS: prefix. ARGV: now, delivery id, retention in s, then seven for each job: key, subject, kind, repository, payload, priority, installation. */
const accept = `
local at = now()
if not redis.call('SET', k('delivery:' .. ARGV[2]), '1', 'NX', 'EX', ARGV[3]) then return 0 end
for i = 4, #ARGV, 7 do
  local key, subject, kind, repository, payload, priority, installation = unpack(ARGV, i, i + 6)
  local id = redis.call('HGET', k('key'), key)
  if not id then
    id = redis.call('INCR', k('seq'))
    redis.call('HSET', job(id), 'key', key, 'subject', subject, 'kind', kind, 'repository', repository, 'priority', priority, 'installation', installation)
    busy(subject, 1)
  end
  redis.call('HSET', job(id), 'payload', payload, 'attempt', 0, 'excused', 0, 'error', '')
  wait(id, at)
end
return 1
`;

/**
 * ARGV: now, worker, lease in ms, attempts, error of a job whose worker ended, ms that a repository's own worker has before
 * another one takes its job, ids that the worker holds as ',1,2,' or '' where it does not say.
 */
const claim = `
local at, worker, lease, patience = now(), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[6])
redis.call('ZADD', k('workers'), at, worker)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', k('leases'), '-inf', '(' .. at)) do
  -- A worker never takes its own expired lease: it is alive, only slow, and still works on that job.
  if field(id, 'worker') ~= worker then put_back(id, tonumber(ARGV[4]), ARGV[5], at) end
end
if ARGV[7] ~= '' then
  for _, id in ipairs(redis.call('ZRANGE', k('leases'), 0, -1)) do
    local is_held = string.find(ARGV[7], ',' .. id .. ',', 1, true)
    if has(worker, id) and not is_held then put_back(id, tonumber(ARGV[4]), ARGV[5], at) end
  end
end
local function is_others(id, repository)
  if patience == 0 then return false end
  local owner = redis.call('HGET', k('owners'), repository)
  if not owner or owner == worker then return false end
  local seen = redis.call('ZSCORE', k('workers'), owner)
  if not seen or at - tonumber(seen) > lease then return false end
  return at - tonumber(field(id, 'due')) < patience
end
local function first_of(name)
  local from = 0
  while true do
    local ids = redis.call('ZRANGE', k('group:' .. name), from, from + 99)
    for _, id in ipairs(ids) do
      local due, subject, repository = unpack(redis.call('HMGET', job(id), 'due', 'subject', 'repository'))
      local free = redis.call('HEXISTS', k('running'), subject) == 0
      if tonumber(due) <= at and free and not is_others(id, repository) then return id, subject, repository end
    end
    if #ids < 100 then return nil end
    from = from + 100
  end
end
for _, name in ipairs(redis.call('ZRANGE', k('groups'), 0, -1)) do
  local id, subject, repository = first_of(name)
  if id then
    local installation = field(id, 'installation')
    leave(id)
    take_turn(installation)
    redis.call('ZREM', k('waiting'), id)
    redis.call('HDEL', k('key'), field(id, 'key'))
    redis.call('HSET', k('running'), subject, id)
    redis.call('HSET', k('owners'), repository, worker)
    redis.call('ZADD', k('leases'), at + lease, id)
    local attempt = redis.call('HINCRBY', job(id), 'attempt', 1)
    redis.call('HSET', job(id), 'state', 'running', 'worker', worker)
    return {tostring(id), field(id, 'payload'), tostring(attempt), tostring(excused(id))}
  end
end
return false
`;

/** ARGV: now, id, worker, lease in ms. */
const heartbeat = `
local id, worker = ARGV[2], ARGV[3]
if not has(worker, id) then return 0 end
local at = now()
redis.call('ZADD', k('workers'), at, worker)
redis.call('ZADD', k('leases'), at + tonumber(ARGV[4]), id)
return 1
`;

/** ARGV: now, id, worker, state, error. */
const settle = `
if has(ARGV[3], ARGV[2]) then finish(ARGV[2], ARGV[4], now(), ARGV[5]) end
return 1
`;

/** ARGV: now, id, worker, when it is due, error, 1 where the try does not count. */
const retry = `
local id = ARGV[2]
if not has(ARGV[3], id) then return 0 end
if redis.call('HEXISTS', k('key'), field(id, 'key')) == 1 then drop(id) return 1 end
unrun(id)
redis.call('HSET', job(id), 'error', ARGV[5])
redis.call('HINCRBY', job(id), 'excused', ARGV[6])
wait(id, ARGV[4])
return 1
`;

/** ARGV: now, worker, attempts, error. */
const release = `
local at = now()
for _, id in ipairs(redis.call('ZRANGE', k('leases'), 0, -1)) do
  if field(id, 'worker') == ARGV[2] then put_back(id, tonumber(ARGV[3]), ARGV[4], at) end
end
redis.call('ZREM', k('workers'), ARGV[2])
return 1
`;

const counts = `
return {redis.call('ZCARD', k('waiting')), redis.call('ZCARD', k('leases')), redis.call('ZCARD', k('done')), redis.call('ZCARD', k('failed'))}
`;

/** Rows of kind, priority, number, ms since the oldest was due. */
const depths = `
local at, found, order = now(), {}, {}
for _, id in ipairs(redis.call('ZRANGE', k('waiting'), 0, -1)) do
  local kind, priority, due = unpack(redis.call('HMGET', job(id), 'kind', 'priority', 'due'))
  local name = priority .. ' ' .. kind
  if not found[name] then found[name] = {kind, priority, 0, at} table.insert(order, name) end
  found[name][3] = found[name][3] + 1
  found[name][4] = math.min(found[name][4], tonumber(due))
end
table.sort(order)
local rows = {}
for _, name in ipairs(order) do
  local row = found[name]
  table.insert(rows, {row[1], row[2], tostring(row[3]), tostring(at - row[4])})
end
return rows
`;

/** ARGV: now, how many. Rows of kind, subject, attempt, error, when it failed or '': those that run, those that failed last. */
const shown = `
local rows = {}
local function add(id, ended)
  local kind, subject, attempt, message = unpack(redis.call('HMGET', job(id), 'kind', 'subject', 'attempt', 'error'))
  local worker = ended == '' and field(id, 'worker') or ''
  table.insert(rows, {kind or '', subject or '', attempt or '0', message or '', ended, worker})
end
local running = redis.call('ZRANGE', k('leases'), 0, -1)
table.sort(running, function(a, b) return tonumber(a) < tonumber(b) end)
for i = 1, math.min(#running, tonumber(ARGV[2])) do add(running[i], '') end
local failed = redis.call('ZREVRANGE', k('failed'), 0, tonumber(ARGV[2]) - 1, 'WITHSCORES')
for i = 1, #failed, 2 do add(failed[i], failed[i + 1]) end
return rows
`;

/** ARGV: now, subject. */
const busyWith = `return redis.call('HEXISTS', k('busy'), ARGV[2])`;

/** ARGV: now, subject, comment, payload. Payloads of the jobs that ran there when it was told first, one a line. */
const noteStop = `
local subject, name = ARGV[2], ARGV[2] .. ' ' .. ARGV[3]
local known = redis.call('HGET', k('stopped'), name)
if known then return redis.call('HGET', k('stop:' .. known), 'ran') end
local ids = {}
local running = redis.call('HGETALL', k('running'))
for i = 1, #running, 2 do
  if string.sub(running[i] .. ' ', 1, #subject + 1) == subject .. ' ' then table.insert(ids, tonumber(running[i + 1])) end
end
table.sort(ids)
local ran = {}
for _, id in ipairs(ids) do table.insert(ran, field(id, 'payload')) end
local id = redis.call('INCR', k('stop'))
local text = table.concat(ran, '\\n')
redis.call('HSET', k('stop:' .. id), 'name', name, 'payload', ARGV[4], 'ran', text, 'at', now())
redis.call('HSET', k('stopped'), name, id)
redis.call('ZADD', k('stops'), id, id)
return text
`;

/** ARGV: now, id behind which. Rows of id, payload. */
const stops = `
local rows = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', k('stops'), '(' .. ARGV[2], '+inf')) do
  table.insert(rows, {id, redis.call('HGET', k('stop:' .. id), 'payload')})
end
return rows
`;

/** ARGV: now, repository. */
const forget = `
for _, set in ipairs({'waiting', 'done', 'failed'}) do
  for _, id in ipairs(redis.call('ZRANGE', k(set), 0, -1)) do
    if field(id, 'repository') == ARGV[2] then drop(id) end
  end
end
redis.call('HDEL', k('owners'), ARGV[2])
return 1
`;

/** ARGV: now, before when failed ones go, before when done ones go. */
const purge = `
for _, id in ipairs(redis.call('ZRANGEBYSCORE', k('failed'), '-inf', '(' .. ARGV[2])) do drop(id) end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', k('done'), '-inf', '(' .. ARGV[3])) do drop(id) end
for _, id in ipairs(redis.call('ZRANGE', k('stops'), 0, -1)) do
  local name, at = unpack(redis.call('HMGET', k('stop:' .. id), 'name', 'at'))
  if tonumber(at) < tonumber(ARGV[3]) then
    redis.call('ZREM', k('stops'), id) redis.call('HDEL', k('stopped'), name) redis.call('DEL', k('stop:' .. id))
  end
end
return 1
`;

const bodies = {
  accept,
  claim,
  heartbeat,
  settle,
  retry,
  release,
  counts,
  depths,
  shown,
  busyWith,
  noteStop,
  stops,
  forget,
  purge,
};

export type ScriptName = keyof typeof bodies;

/** Each with what all of them share. */
export const scripts = Object.fromEntries(
  Object.entries(bodies).map(([name, body]) => [name, `${prelude}\n${body}`]),
) as Record<ScriptName, string>;
