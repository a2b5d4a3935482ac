-- Put before the moves of the library. A row is JSON: name, owner, job, asked (the name that the job asked for), folder,
-- channel and views (as keys name them), size_bytes, kept_ms, and what only Python reads.

local function row_of(id)
  local found = redis.call('GET', keys.library_row(id))
  return found and cjson.decode(found) or nil
end

-- Every key that a row's coming or going may write has the type it should have, or nothing is written.
local function check_library(row)
  for _, view in ipairs(row.views) do expect(keys.library_view(view), 'zset') end
  expect(keys.library_of(row.job), 'hash')
  expect(keys.library_channel(row.folder, row.channel), 'zset')
  for name, kind in pairs({ folder = 'zset', channels = 'zset', totals = 'hash', dying = 'hash' }) do
    expect(keys['library_' .. name](row.folder), kind)
  end
end

local function enter_library(id, row, body)
  local kept_ms = text(row.kept_ms)
  redis.call('SET', keys.library_row(id), body)
  for _, view in ipairs(row.views) do redis.call('ZADD', keys.library_view(view), kept_ms, id) end
  redis.call('HSET', keys.library_of(row.job), row.asked, id)
  redis.call('ZADD', keys.library_folder(row.folder), kept_ms, id)
  redis.call('ZADD', keys.library_channel(row.folder, row.channel), kept_ms, id)
  redis.call('ZINCRBY', keys.library_channels(row.folder), text(row.size_bytes), row.channel)
  redis.call('HINCRBY', keys.library_totals(row.folder), 'bytes', text(row.size_bytes))
  redis.call('HDEL', keys.library_dying(row.folder), id)
end

local function leave_library(id, row)
  redis.call('DEL', keys.library_row(id))
  for _, view in ipairs(row.views) do redis.call('ZREM', keys.library_view(view), id) end
  if redis.call('HGET', keys.library_of(row.job), row.asked) == id then
    redis.call('HDEL', keys.library_of(row.job), row.asked)
  end
  redis.call('ZREM', keys.library_folder(row.folder), id)
  redis.call('ZREM', keys.library_channel(row.folder, row.channel), id)
  if redis.call('EXISTS', keys.library_channel(row.folder, row.channel)) == 1 then
    redis.call('ZINCRBY', keys.library_channels(row.folder), text(-row.size_bytes), row.channel)
  else
    redis.call('ZREM', keys.library_channels(row.folder), row.channel)
  end
  redis.call('HINCRBY', keys.library_totals(row.folder), 'bytes', text(-row.size_bytes))
end

-- Whoever has its folder at hand removes the file.
local function order_away(id, row)
  redis.call('HSET', keys.library_dying(row.folder), id, text(row.kept_ms) .. ' ' .. row.name)
end

-- And nobody finds it any more.
local function doom_row(id, row)
  leave_library(id, row)
  order_away(id, row)
end
