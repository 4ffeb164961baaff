# SPDX-License-Identifier: GPL-2.0-or-later
#
# A guest of 512 bytes, which shows the access that its VMM has to its disks. It prints a banner on COM1
# and on the screen, and reads sector 1 of the first and the second disk. It marks the content and writes
# it to sector 2 of the same disk. It prints one result per disk, "D0 R+W+" when both worked, and halts: a
# guest that spins would take the only processor of the lab.
# Build: as --32 boot.S -o boot.o && ld -m elf_i386 -Ttext=0x7c00 -e start --oformat=binary boot.o -o boot.bin

	.code16
	.global start
start:
	ljmp	$0, $1f
1:	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$0x7c00, %sp
	cld
	movw	$0x3f8+1, %dx		# COM1: no interrupts, 115200 8N1
	xorb	%al, %al
	outb	%al, %dx
	movw	$0x3f8+3, %dx
	movb	$3, %al
	outb	%al, %dx
	movw	$banner, %si
	call	puts

	movb	$0x80, drive
	movb	$'0', %al
	call	disk
	movb	$0x81, drive
	movb	$'1', %al
	call	disk
	movw	$done, %si
	call	puts
halt:	cli
	hlt
	jmp	halt

# tries one disk; %al: its digit. Prints no line when the disk does not exist.
disk:
	movb	%al, digit
	movb	$0x15, %ah		# does the disk exist?
	movb	drive, %dl
	int	$0x13
	jc	9f
	testb	%ah, %ah
	jz	9f
	movw	$head, %si
	call	puts
	movw	$rpack, %si
	movb	$0x42, %ah
	call	io
	movb	$'R', %al
	call	result
	movw	$mark, %si		# "SEEN" over the first bytes of the content
	movw	$0x8000, %di
	movw	$4, %cx
	rep movsb
	movw	$wpack, %si
	movw	$0x4300, %ax
	call	io
	movb	$'W', %al
	call	result
	movw	$crlf, %si
	call	puts
9:	ret

io:	movb	drive, %dl
	int	$0x13
	setc	failed
	ret

# prints %al and + or -
result:
	call	putc
	movb	$'+', %al
	cmpb	$0, failed
	je	putc
	movb	$'-', %al
	jmp	putc

puts:	lodsb
	testb	%al, %al
	jz	1f
	call	putc
	jmp	puts
1:	ret

putc:	pusha
	pushw	%ax
	movw	$0x3f8+5, %dx
2:	inb	%dx, %al
	testb	$0x20, %al
	jz	2b
	popw	%ax
	movw	$0x3f8, %dx
	outb	%al, %dx
	movb	$0x0e, %ah
	movw	$7, %bx
	int	$0x10
	popa
	ret

banner:	.asciz	"svirt test guest\r\n"
head:	.ascii	"D"
digit:	.asciz	"0 "
crlf:	.asciz	"\r\n"
done:	.asciz	"halted\r\n"
mark:	.ascii	"SEEN"
drive:	.byte	0
failed:	.byte	0
# disk address packets: one sector at 0x8000; read sector 1, write sector 2
rpack:	.byte	16, 0
	.word	1, 0x8000, 0
	.quad	1
wpack:	.byte	16, 0
	.word	1, 0x8000, 0
	.quad	2

	.org	510
	.word	0xaa55
