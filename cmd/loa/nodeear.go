package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"loa/node"
	"loa/node/hearing"
	"loa/node/local"
	"loa/node/wire/checkup"
)

// calibrateWithin is how long the command waits: the node for quiet, and then for five melodies.
const calibrateWithin = 12 * time.Minute

type nodeEarCmd struct {
	Calibrate nodeEarCalibrateCmd `cmd:"" help:"Learn how loud the microphone hears the horn: five quiet melodies of a second, when nothing is on air. Do it when it is quiet around, and again when microphone, horn or amplifier were moved or set."`
}

type nodeEarCalibrateCmd struct {
	Config string `help:"The node's settings, YAML." default:"/etc/loa-node/node.yaml" type:"existingfile"`
}

// calibrationWords are why a calibration came to nothing, and what to do.
var calibrationWords = map[string]checkup.Said{
	hearing.NoEar: {
		VI: "cụm loa này không có micro: lắp micro rồi đặt mục ear trong cấu hình",
		EN: "this node has no microphone: fit one and set ear",
	},
	hearing.EarBroken: {
		VI: "không nghe được micro: kiểm tra micro (arecord -l), dây và mục ear",
		EN: "the microphone gives nothing: check it (arecord -l), its cable, and ear",
	},
	hearing.NoQuiet: {
		VI: "lúc nào cũng đang phát: thử lại khi không có buổi phát",
		EN: "something was on air all the time: try again between airings",
	},
	hearing.NotHeard: {
		VI: "micro không nghe thấy loa: kiểm tra âm li, dây loa, củ loa và chỗ đặt micro",
		EN: "the microphone did not hear the horn: check amplifier, line, horn, and where the microphone is",
	},
	hearing.NotClear: {
		VI: "tiếng loa không to hơn hẳn tiếng xung quanh: thử lại lúc yên tĩnh, hoặc đặt micro gần loa hơn",
		EN: "the horn hardly stands out from what is heard around: try again when it is quiet, or move the microphone nearer",
	},
	hearing.NotKept: {
		VI: "đã hiệu chuẩn nhưng không ghi được vào bộ nhớ, khởi động lại là mất: xem loa doctor node",
		EN: "it is calibrated and could not be kept: lost at the next start, see loa doctor node",
	},
}

// Run asks the node that runs: the card and the microphone are its own.
func (c *nodeEarCalibrateCmd) Run(ctx context.Context) error {
	var config node.Config
	if err := readYAML(c.Config, &config); err != nil {
		return err
	}
	if err := becomeOwner(config.Data); err != nil {
		return err
	}
	fmt.Println("Đang đợi lúc không phát, rồi loa phát năm giai điệu nhỏ… · Waiting for quiet, then five quiet melodies…")
	ctx, cancel := context.WithTimeout(ctx, calibrateWithin)
	defer cancel()
	var got *hearing.Calibrated
	err := local.Ask(ctx, config.Data, "calibrate", func(line []byte) error {
		got = new(hearing.Calibrated)
		return json.Unmarshal(line, got)
	})
	switch {
	case errors.Is(err, local.ErrNobody):
		return errors.New("cụm loa không chạy: systemctl start loa-node; no node is running")
	case err != nil:
		return err
	case got == nil:
		return errors.New("cụm loa không trả lời; the node did not answer")
	case got.Why != "":
		w := calibrationWords[got.Why]
		return errors.New(w.VI + "; " + w.EN)
	}
	fmt.Printf("Đã hiệu chuẩn: micro nghe loa ở mức %.1f dB, xung quanh %.1f dB · Calibrated: "+
		"the horn is heard at %.1f dB, around it is %.1f dB\n",
		got.Site.Level, got.Site.Quiet, got.Site.Level, got.Site.Quiet)
	return nil
}
