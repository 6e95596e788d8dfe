import { fetchOutbound, isPublicAddress, isPublicHost, OutboundRefused } from '@latchkey/server'
import { describe, expect, it } from 'vitest'

describe('an address that others may be called at', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.0', '100.63.255.255', '2606:4700::1111', '2a00:1450:4001:81b::200e', '2001:4860:4860::8888'])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })
  it.each([
    '0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.2.1', '192.168.1.1', '198.18.0.1', '203.0.113.9', '224.0.0.1', '255.255.255.255',
    '::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '64:ff9b::a9fe:a9fe', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'ff02::1', '2002:7f00:1::', '2001::1', '2001:db8::1', '3fff::1', '1.2.3', '1.2.3.4.5', '', 'x::y', '1:2:3:4:5:6:7:8:9', '::1::',
  ])('is not %s', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
  it.each(['rp.example', 'a.b.example.com'])('has a name like %s', (host) => {
    expect(isPublicHost(host)).toBe(true)
  })
  it.each(['localhost', 'db.localhost', 'printer.local', 'metadata.google.internal', 'intranet', 'router.home.arpa', 'localhost.'])('has no name like %s', (host) => {
    expect(isPublicHost(host)).toBe(false)
  })
})

describe('what is refused before anything is called', () => {
  it.each([
    'http://rp.example/', 'ftp://rp.example/', 'file:///etc/passwd', 'javascript:alert(1)', 'rp.example', '', 'https://user@rp.example/', 'https://user:secret@rp.example/', 'https://127.0.0.1/', 'https://localhost/',
    'https://2130706433/', 'https://0x7f000001/', 'https://0177.0.0.1/', 'https://127.1/', 'https://[::1]/', 'https://[::ffff:127.0.0.1]/', 'https://[::ffff:a9fe:a9fe]/', 'https://169.254.169.254/latest/meta-data/', 'https://metadata.google.internal/', 'https://⑯⑨。254。169。254/',
  ])('%s', async (url) => {
    await expect(fetchOutbound(url)).rejects.toBeInstanceOf(OutboundRefused)
  })
})
