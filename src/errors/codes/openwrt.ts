/** KP230x: the words of ImageBuilder, and devices. */
export const openwrtCodes = {
  KP2301: {
    title: 'The target of OpenWrt is not known',
    exitCode: 2,
    explanation:
      'OpenWrt keeps kernel and C library by target and subtarget (ramips/mt76x8), other packages by architecture (mipsel_24kc). For some architectures there is no usual target.',
    fix: 'name it: board in kilopy.yaml, --target BOARD/SUBTARGET for kilopy imagebuilder',
  },
  KP2302: {
    title: 'The C library of an OpenWrt target cannot be found',
    exitCode: 5,
    explanation:
      'libc and kernel are in no index of OpenWrt. kilopy finds them by the signed list sha256sums of the target, which names every file below it. The list does not name them, or is not signed.',
    fix: 'check release and board; with an unpacked ImageBuilder use --from DIR',
  },
} as const;
