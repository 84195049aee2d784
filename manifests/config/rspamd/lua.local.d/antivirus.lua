-- Gives every message to ClamAV: whole, and each part as Rspamd decodes it, for the two do not read MIME alike.
--
-- Not by Rspamd's own antivirus module: that one knows only the address that `clamav` had when Rspamd started, drops the
-- rule if it had none, leaves out text, and stumbles over an ERROR of clamd so that the message passes as if it were clean.
-- Here only as many OKs as there were questions are an answer; everything else is a scan that did not happen.
local logger = require 'rspamd_logger'
local tcp = require 'rspamd_tcp'
local util = require 'rspamd_util'

local scanner, port = 'clamav', 3310
-- More than clamd's MaxScanTime, and less than the proxy's timeout, which is the one that counts when it scans itself. The
-- task_timeout stays short, for Rspamd takes twice as long to stop.
local timeout = 25
local is_deferring = ${antivirusIsDeferring}
local header = 'X-Virus-Status'

local function contents_of(task)
  local contents = { task:get_content() }
  for _, part in ipairs(task:get_parts() or {}) do
    local content = not part:is_multipart() and part:get_content()
    if content and #content > 0 then contents[#contents + 1] = content end
  end
  return contents
end

-- One session: its answers are numbered, and come as they are ready.
local function session_of(contents)
  local data = { 'zIDSESSION\0' }
  for _, content in ipairs(contents) do
    data[#data + 1] = 'zINSTREAM\0' .. util.pack('>I4', #content)
    data[#data + 1] = content
    data[#data + 1] = util.pack('>I4', 0)
  end
  data[#data + 1] = 'zEND\0'
  return data
end

local function mark(task, status)
  task:set_milter_reply({ remove_headers = { [header] = 0 }, add_headers = { [header] = status } })
end

local function refuse(task, name)
  logger.infox(task, 'virus found: %s', name)
  task:insert_result('CLAM_VIRUS', 1.0, name)
  task:set_pre_result('reject', 'virus found: ' .. name, 'antivirus')
end

-- Waiting does not help against a message that is too much for the scanner; against all else it does.
local function not_scanned(task, why, is_final)
  logger.errx(task, 'not scanned for viruses: %s', why)
  task:insert_result('CLAM_VIRUS_FAIL', 1.0, why)
  if not is_deferring then
    mark(task, 'Not scanned')
  elseif is_final then
    task:set_pre_result('reject', 'this message cannot be scanned for viruses: ' .. why, 'antivirus')
  else
    task:set_pre_result('soft reject', 'the virus scanner is not available, try again later', 'antivirus')
  end
end

local function judge(task, answers, wanted)
  local clean, problem, limit = 0, nil, nil
  for _, answer in ipairs(answers) do
    local found = answer:match('^%d+: stream: (.+) FOUND$')
    if found and found:find('^Heuristics%.Limits%.Exceeded') then
      limit = found
    elseif found then
      return refuse(task, found)
    elseif answer:match('^%d+: stream: OK$') then
      clean = clean + 1
    else
      problem = answer
    end
  end
  if clean == wanted then return mark(task, 'Clean') end
  if problem then return not_scanned(task, problem, false) end
  -- A scan takes long on a busy machine too.
  if limit then return not_scanned(task, limit, not limit:find('Time', 1, true)) end
  not_scanned(task, string.format('%d of %d answers', #answers, wanted), false)
end

local function scan(task)
  local contents = contents_of(task)
  local answers, rest = {}, ''
  local function on_read(failure, data, connection)
    if failure then
      -- What clamd refuses it says before it hangs up.
      if #answers == 0 then return not_scanned(task, tostring(failure), false) end
      return judge(task, answers, #contents)
    end
    rest = (rest .. tostring(data)):gsub('([^%z]*)%z', function(answer)
      answers[#answers + 1] = answer
      return ''
    end)
    if #answers < #contents then return connection:add_read(on_read) end
    connection:close()
    judge(task, answers, #contents)
  end
  local is_asked = tcp.request({
    task = task,
    host = scanner,
    port = port,
    timeout = timeout,
    data = session_of(contents),
    callback = on_read,
  })
  if not is_asked then not_scanned(task, 'no connection', false) end
end

local id = rspamd_config:register_symbol({
  name = 'CLAM_VIRUS',
  type = 'normal',
  group = 'antivirus',
  score = 0.0,
  augmentations = { string.format('timeout=%d', timeout) },
  callback = scan,
})
rspamd_config:register_symbol({ name = 'CLAM_VIRUS_FAIL', type = 'virtual', parent = id, group = 'antivirus', score = 0.0 })
