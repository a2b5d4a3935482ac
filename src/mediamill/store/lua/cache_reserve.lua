#!lua
-- Reserve the room of an entry before it is put, and name what has to be deleted for it first. What is in the cache is
-- counted until it is gone, so that a quota is kept by all together.
--
-- ARGV[1]  JSON: entry, bytes, quota, lease_ms (for the put), dying_ms (for the deletes), limit (500 at most), offset_ms
-- Returns  { kept } (it has a row) | { taken } (somebody puts or deletes it) | { full } (there is no room to be had) |
--          { reserved, when its lease ends, bytes still to be evicted, when the lease of these ends, their bytes, entry ... }

check_cache({ call.entry })
local bytes, has = all_bytes(), bytes_of(call.entry)
if leased_ms('cache_writing', call.entry) or leased_ms('cache_dying', call.entry) then return { 'taken' } end
if has then return { 'kept' } end
if call.bytes > call.quota then return { 'full' } end

-- Who reserves evicts as much as it takes itself, if there is no room for that much: what others evict is theirs.
local need = math.min(call.bytes, bytes + call.bytes - call.quota)
local victims, freed, pinned = {}, 0, {}
if need > 0 then
  -- Until the files were looked through once, nobody knows what is there, and what was used last.
  if not redis.call('HGET', keys.cache_totals(), 'looked_ms') then return { 'full' } end
  victims, freed, pinned = least_used(need, math.huge, call.limit)
  check_cache(victims)
end
doom(victims, pinned, now + call.dying_ms)
if need > 0 and #victims == 0 then return { 'full' } end
if #victims > 0 then tally('evicted', #victims) end
set_bytes(call.entry, call.bytes)
redis.call('ZADD', keys.cache_writing(), text(now + call.lease_ms), call.entry)
return { 'reserved', text(now + call.lease_ms), text(math.max(0, need - freed)), text(now + call.dying_ms), text(freed),
  unpack(victims) }
