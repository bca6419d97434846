package demo

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"loa/controller/client"
)

// bulletin is the bulletin of a first start.
const bulletin = `Xin mời bà con nghe bản tin của Ủy ban nhân dân xã La Dạ. ` +
	`Hệ thống truyền thanh không dây của xã hôm nay bắt đầu hoạt động. ` +
	`Mỗi cụm loa tự báo về xã rằng bà con đã nghe được bản tin này. Xin cảm ơn bà con.`

// lead is how long before its airing the demo is scheduled: time for the
// plan and the clip to reach the nodes, and for a person to open the page.
const lead = 12 * time.Second

// readyWithin bounds the wait for all nodes' first word.
const readyWithin = 30 * time.Second

// Node is one of its loudspeakers.
type Node struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Area   string `json:"area"`
	Volume int    `json:"volume"`
}

var areas = []map[string]string{
	{"id": "lam-dong", "name": "Tỉnh Lâm Đồng", "kind": "province"},
	{"id": "la-da", "name": "Xã La Dạ", "kind": "commune", "parent": "lam-dong"},
	{"id": "thon-1", "name": "Thôn 1", "kind": "village", "parent": "la-da"},
	{"id": "thon-2", "name": "Thôn 2", "kind": "village", "parent": "la-da"},
	{"id": "da-mi", "name": "Thôn Đa Mi", "kind": "village", "parent": "la-da"},
}

// Nodes are n nodes, spread over the villages.
func Nodes(n int) []Node {
	villages := areas[2:]
	seeds := make([]Node, n)
	for i := range seeds {
		v := villages[i%len(villages)]
		seeds[i] = Node{ID: v["id"] + "-loa", Name: "Cụm loa " + v["name"], Area: v["id"], Volume: 80}
		if round := i / len(villages); round > 0 {
			seeds[i].ID += fmt.Sprintf("-%d", round+1)
			seeds[i].Name += fmt.Sprintf(" số %d", round+1)
		}
	}
	return seeds
}

// Seed makes La Dạ's areas and nodes. What is there already stays as it is.
// The nodes are returned with an error, too.
func Seed(ctx context.Context, api *client.Client, nodes int) ([]Node, error) {
	seeds := Nodes(nodes)
	for _, a := range areas {
		if there(ctx, api, "/api/v1/areas", a["id"]) {
			continue
		}
		if err := api.Do(ctx, http.MethodPut, "/api/v1/areas/"+a["id"], a, nil); err != nil {
			return seeds, err
		}
	}
	for _, s := range seeds {
		if there(ctx, api, "/api/v1/nodes", s.ID) {
			continue
		}
		if err := api.Do(ctx, http.MethodPut, "/api/v1/nodes/"+s.ID, s, nil); err != nil {
			return seeds, err
		}
	}
	return seeds, nil
}

// there reports whether a list has an item with an id.
func there(ctx context.Context, api *client.Client, list, id string) bool {
	var all struct{ Items []struct{ ID string } }
	err := api.Do(ctx, http.MethodGet, list, nil, &all)
	return err == nil && slices.ContainsFunc(all.Items, func(i struct{ ID string }) bool { return i.ID == id })
}

// AwaitNodes returns once n nodes have spoken.
func AwaitNodes(ctx context.Context, api *client.Client, n int) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		var list struct {
			Items []struct {
				State string `json:"state"`
			} `json:"items"`
		}
		if err := api.Do(ctx, http.MethodGet, "/api/v1/nodes", nil, &list); err != nil {
			return err
		}
		spoken := 0
		for _, it := range list.Items {
			if it.State != "unknown" && it.State != "offline" {
				spoken++
			}
		}
		if spoken >= n {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d nodes have spoken", spoken, n)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Air speaks a text and airs it in all villages shortly.
func Air(ctx context.Context, api *client.Client, logger *slog.Logger) error {
	var clip struct {
		ID string `json:"id"`
	}
	if err := api.Do(ctx, http.MethodPost, "/api/v1/speech", map[string]any{"text": bulletin}, &clip); err != nil {
		return fmt.Errorf("speak the first bulletin: %w", err)
	}
	start := time.Now().Add(lead).Truncate(time.Second)
	programme := map[string]any{
		"title": "Chào bà con", "class": "normal", "at": start.Format(time.RFC3339),
		"targets": map[string]any{"areas": []string{"la-da"}}, "start_late_s": 60,
		"rundown": []map[string]any{{"chime": true}, {"gap_s": 0.5}, {"clip": clip.ID}},
	}
	if err := api.Do(ctx, http.MethodPost, "/api/v1/programmes", programme, nil); err != nil {
		return fmt.Errorf("schedule the first bulletin: %w", err)
	}
	if err := dailyNews(ctx, api, clip.ID); err != nil {
		return err
	}
	logger.Info("first bulletin scheduled", "at", start.Local().Format(time.TimeOnly))
	return nil
}

// dailyNews puts the station's usual two broadcasts into an empty calendar, so
// that the preview has something to show.
func dailyNews(ctx context.Context, api *client.Client, clip string) error {
	var list struct {
		Items []struct {
			Cron any `json:"cron"`
		} `json:"items"`
	}
	if err := api.Do(ctx, http.MethodGet, "/api/v1/programmes", nil, &list); err != nil {
		return err
	}
	for _, it := range list.Items {
		if it.Cron != nil {
			return nil
		}
	}
	programme := map[string]any{
		"title": "Bản tin hằng ngày", "class": "normal", "cron": "0 5,17 * * *",
		"targets": map[string]any{"areas": []string{"la-da"}},
		"rundown": []map[string]any{{"chime": true}, {"gap_s": 0.5}, {"clip": clip}},
	}
	if err := api.Do(ctx, http.MethodPost, "/api/v1/programmes", programme, nil); err != nil {
		return fmt.Errorf("schedule the daily bulletin: %w", err)
	}
	return nil
}
