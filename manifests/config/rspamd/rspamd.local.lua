-- Who is logged in may write only under the address that Postfix has allowed in the envelope: a header From of
-- somebody else would be delivered, and later signed, in that person's name.
rspamd_config:register_symbol({
  name = 'AUTH_FROM_POLICY',
  type = 'prefilter',
  priority = 10,
  callback = function(task)
    local user = task:get_user()
    if not user then return end
    local header = task:get_from('mime')
    local count = #(task:get_header_full('From') or {})
    if count ~= 1 or not header or #header ~= 1 then
      task:set_pre_result('reject', 'exactly one From header with one address is required')
      return
    end
    local envelope = task:get_from('smtp')
    local sender = envelope and envelope[1] and envelope[1].addr:lower() or ''
    if sender == '' then sender = user:lower() end
    if header[1].addr:lower() ~= sender then
      task:set_pre_result('reject', 'header From must be the envelope sender that you may use')
    end
  end,
})
