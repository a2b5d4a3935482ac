-- Put before the moves of the cache, after the prelude.
--
-- An entry has a row: its bytes in `cache_sizes`, by the first two digits of its name, and a place in exactly one of
-- `cache_used` (it is kept), `cache_writing` (its room is reserved, it is not put yet) and `cache_dying` (it is deleted).
-- The bytes of all rows are in `cache_totals`, so that nobody counts on room that is not there yet.

local function digits(entry) return entry:sub(1, 2) end

local function check_cache(entries)
  for _, name in ipairs({ 'cache_used', 'cache_writing', 'cache_dying' }) do expect(keys[name](), 'zset') end
  expect(keys.cache_pinned(), 'set')
  expect(keys.cache_totals(), 'hash')
  for _, entry in ipairs(entries) do expect(keys.cache_sizes(digits(entry)), 'hash') end
end

-- The bytes of a row, or nil.
local function bytes_of(entry)
  local found = redis.call('HGET', keys.cache_sizes(digits(entry)), entry)
  return found and (tonumber(found) or error({ err = 'ERR the bytes of ' .. entry .. ' are no number' })) or nil
end

local function all_bytes()
  return tonumber(redis.call('HGET', keys.cache_totals(), 'bytes') or 0)
    or error({ err = 'ERR the bytes of the cache are no number' })
end

local function tally(name, by) redis.call('HINCRBY', keys.cache_totals(), name, text(by)) end

local function set_bytes(entry, bytes)
  tally('bytes', bytes - (bytes_of(entry) or 0))
  redis.call('HSET', keys.cache_sizes(digits(entry)), entry, text(bytes))
end

local function forget_entry(entry)
  tally('bytes', 0 - (bytes_of(entry) or 0))  -- not its negative, which may be -0
  redis.call('HDEL', keys.cache_sizes(digits(entry)), entry)
  for _, name in ipairs({ 'cache_used', 'cache_writing', 'cache_dying' }) do redis.call('ZREM', keys[name](), entry) end
end

-- Where a lease over an entry ends that was given by this list, ms, or nil.
local function leased_ms(name, entry) return tonumber(redis.call('ZSCORE', keys[name](), entry) or nil) end

-- The entries used longest ago, until `need` bytes are together, one was used after `until_ms`, or 500 were looked at.
-- Returns them, their bytes, and the pinned ones among them, which stay.
local function least_used(need, until_ms, limit)
  local found, freed, pinned, page, from = {}, 0, {}, 10, 0
  while from < limit do
    local rows = redis.call('ZRANGE', keys.cache_used(), from, from + page - 1, 'WITHSCORES')
    for i = 1, #rows, 2 do
      if freed >= need or tonumber(rows[i + 1]) > until_ms then return found, freed, pinned end
      if redis.call('SISMEMBER', keys.cache_pinned(), rows[i]) == 1 then
        pinned[#pinned + 1] = rows[i]
      else
        found[#found + 1] = rows[i]
        freed = freed + (bytes_of(rows[i]) or 0)
      end
    end
    if #rows < 2 * page then break end
    from, page = from + page, math.min(4 * page, limit - from - page)
  end
  return found, freed, pinned
end

-- From now on these entries are deleted by whoever called: nobody puts them meanwhile. The pinned ones go to the end of
-- the line, or each move would pass them over again.
local function doom(entries, pinned, ends_ms)
  for _, entry in ipairs(pinned) do redis.call('ZADD', keys.cache_used(), 'XX', text(now), entry) end
  for _, entry in ipairs(entries) do
    redis.call('ZREM', keys.cache_used(), entry)
    redis.call('ZREM', keys.cache_writing(), entry)
    redis.call('ZADD', keys.cache_dying(), text(ends_ms), entry)
  end
end
